"""Events, facts and floors as JSON, and back again.

Every value of a union carries its class name under ``type``. A plan is large and never changes, so it is written once
under its version; everywhere else (`PlanAdopted`, ``Floor.plans``) only the version stands, and decoding asks a
`PlanStore` for the plan.

A citizen's private number is never written: `numbers.Numbers` keeps it and gives a reference.

The journal outlives the program that wrote it: a field this program does not know is passed over, one that was not
written yet takes its default. A ``type`` or a value this program does not know is a `CodecError`, never a guess.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, cast

import msgspec
from cattrs.cols import is_mapping
from cattrs.errors import BaseValidationError, StructureHandlerNotFoundError
from cattrs.preconf.msgspec import MsgspecJsonConverter, make_converter
from cattrs.strategies import configure_tagged_union

from ctl.journal.numbers import Hidden, InClear, Numbers
from ctl.switchboard.events import Event, KeyPressed, PlanAdopted
from ctl.switchboard.facts import CallbackRequested, Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, Private
from ctl.switchboard.plan import Node, Plan
from ctl.switchboard.records import replace

PlanStore = Callable[[str], Plan]
"""The plan of a version; raises KeyError when there is none."""

T = TypeVar("T")
TAG = "type"

_MADE_BY_US = re.compile(r"\.[a-z]\d+$")


class CodecError(Exception):
    """Something in the journal that this program cannot read."""


def _converter() -> MsgspecJsonConverter:
    converter = make_converter(detailed_validation=False)
    # cattrs hands mappings to msgspec as they are, which knows dict only.
    converter.register_unstructure_hook_factory(is_mapping, lambda kind: converter.gen_unstructure_mapping(kind, dict))
    return converter


def _plan_converter() -> MsgspecJsonConverter:
    converter = _converter()
    configure_tagged_union(Node, converter, tag_name=TAG)
    return converter


_plans = _plan_converter()


def encode_plan(plan: Plan) -> str:
    """The whole plan, for the place where each version is kept once."""
    return _plans.dumps(plan).decode()


def decode_plan(body: str) -> Plan:
    return _guarded(lambda: _plans.loads(body.encode(), Plan), body)


class Codec:
    """Encodes without a `PlanStore`'s help; decodes what names a plan with it."""

    def __init__(self, plan_of: PlanStore, numbers: Numbers | None = None) -> None:
        self._numbers = numbers = numbers or InClear()
        converter = _converter()
        converter.register_unstructure_hook_func(_is_private, numbers.keep)
        converter.register_structure_hook_func(_is_private, lambda written, _: Private(numbers.recall(written)))
        converter.register_unstructure_hook(Plan, lambda plan: plan.version)
        converter.register_structure_hook(Plan, lambda version, _: plan_of(version))
        configure_tagged_union(Event, converter, tag_name=TAG)
        configure_tagged_union(Fact, converter, tag_name=TAG)
        self._converter = converter

    def encode_event(self, event: Event) -> str:
        if isinstance(event, PlanAdopted):
            return self._converter.dumps(event, unstructure_as=Event).decode()
        if isinstance(event, KeyPressed) and event.private:
            event = replace(event, digit=self._numbers.keep(event.digit))
        return _tagged(event)

    def decode_event(self, body: str) -> Event:
        event = _guarded(lambda: cast(Event, self._converter.loads(body.encode(), Event)), body)  # type: ignore[arg-type]
        if isinstance(event, KeyPressed) and event.private:
            event = replace(event, digit=self._numbers.recall(event.digit))
        return event

    def encode_fact(self, fact: Fact) -> str:
        if isinstance(fact, CallbackRequested):
            fact = replace(fact, number=Private(self._numbers.keep(fact.number)))
        return _tagged(fact)

    def decode_fact(self, body: str) -> Fact:
        return _guarded(lambda: cast(Fact, self._converter.loads(body.encode(), Fact)), body)  # type: ignore[arg-type]

    def encode_floor(self, floor: Floor) -> str:
        return self._converter.dumps(floor).decode()

    def decode_floor(self, body: str) -> Floor:
        return _guarded(lambda: self._converter.loads(body.encode(), Floor), body)


def _is_private(kind: object) -> bool:
    return kind is Private


def _tagged(value: Event | Fact) -> str:
    """What the converter would write, in a third of the time: this stands between every event and what it leads to."""
    body = msgspec.json.encode(value).decode()
    return f'{body[:-1]}{"," if len(body) > 2 else ""}"{TAG}":"{type(value).__name__}"}}'


def _no_plan(version: str) -> Plan:
    raise KeyError(version)


FACTS = Codec(_no_plan, Hidden())
"""For those who read facts only: facts name no plans, and what is stored of them no private number."""


def _guarded(read: Callable[[], T], body: str) -> T:
    """Run a decoder; whatever it cannot read is named with the beginning of the text."""
    try:
        return read()
    except (
        msgspec.DecodeError,
        BaseValidationError,
        StructureHandlerNotFoundError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise CodecError(f"{type(error).__name__}: {error}, in {body[:200]}") from error


@lru_cache(maxsize=4096)
def _without_our_suffix(name: str) -> CallId:
    return CallId(_MADE_BY_US.sub("", name))


def call_of(subject: Event | Fact) -> CallId | None:
    """The call that an event or fact is about, as far as its names say so.

    Names that we made (``<call>.l3``) carry the call as a prefix; the first leg of a call has the call's own name.
    """
    for field in ("call", "leg", "playback"):
        name = getattr(subject, field, None)
        if name is not None:
            return _without_our_suffix(name)
    return None
