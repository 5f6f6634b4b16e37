"""Values of the switchboard's vocabulary for tests: any event, any fact, any floor (hypothesis), and an empty plan."""

import collections.abc
import types
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from ctl.switchboard import events, facts
from ctl.switchboard.floor import Floor
from ctl.switchboard.plan import Plan

MOST = 2**45
"""As milliseconds since the epoch: a thousand years to either side."""

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-MOST, MOST),
    str: st.text(max_size=8),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type as the vocabulary uses them. Containers are small: their size proves nothing here."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, NewType):
        return values_of(kind.__supertype__)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in fields(kind)})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([values_of(one) for one in arguments])
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values_of(one) for one in arguments))
    if origin is frozenset:
        return st.frozensets(values_of(arguments[0]), max_size=3)
    if origin is collections.abc.Mapping:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    raise TypeError(f"tests.records cannot make a {kind}")


any_plan: st.SearchStrategy[Plan] = values_of(Plan)
any_event: st.SearchStrategy[events.Event] = values_of(events.Event)
any_fact: st.SearchStrategy[facts.Fact] = values_of(facts.Fact)
any_floor: st.SearchStrategy[Floor] = values_of(Floor).map(
    lambda floor: replace(floor, plans={plan.version: plan for plan in floor.plans.values()})
)
"""A floor keeps each plan under its own version."""


def plan(version: str = "v1") -> Plan:
    """A plan with nothing in it."""
    return Plan(version, {}, {}, {}, frozenset(), {}, {}, {}, {}, {})
