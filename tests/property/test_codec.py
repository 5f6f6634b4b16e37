"""Whatever the switchboard can say or hear survives the way into the journal and back."""

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given

from ctl.journal.codec import Codec, CodecError, call_of, decode_plan, encode_plan
from ctl.switchboard.events import Event, LegEnded, PlanAdopted
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import LegId, Media, PromptName
from ctl.switchboard.plan import Plan
from tests.records import any_event, any_fact, any_floor, any_plan, plan


def no_plans(version: str) -> Plan:
    raise KeyError(version)


@given(any_event)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    known = {event.plan.version: event.plan} if isinstance(event, PlanAdopted) else {}
    codec = Codec(known.__getitem__)
    assert codec.decode_event(codec.encode_event(event)) == event


@given(any_fact)
def test_every_fact_comes_back_as_it_was(fact: Fact) -> None:
    codec = Codec(no_plans)
    assert codec.decode_fact(codec.encode_fact(fact)) == fact


@given(any_floor)
def test_every_floor_comes_back_as_it_was(floor: Floor) -> None:
    codec = Codec(dict(floor.plans).__getitem__)
    assert codec.decode_floor(codec.encode_floor(floor)) == floor


@given(any_plan)
def test_every_plan_comes_back_as_it_was(plan: Plan) -> None:
    assert decode_plan(encode_plan(plan)) == plan


@given(any_fact)
def test_a_field_of_a_later_program_is_passed_over(fact: Fact) -> None:
    codec = Codec(no_plans)
    later = json.dumps({**json.loads(codec.encode_fact(fact)), "field_of_tomorrow": {"deep": [1]}})
    assert codec.decode_fact(later) == fact


def test_a_field_that_was_not_written_yet_takes_its_default() -> None:
    body = '{"type": "LegEnded", "leg": "1.2", "cause": "busy"}'
    assert Codec(no_plans).decode_event(body) == LegEnded(LegId("1.2"), cause="busy", code=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"type": "LegTeleported", "leg": "1.2"}', "LegTeleported"),
        ('{"type": "LegEnded", "leg": "1.2", "cause": "bored"}', "bored"),
        ('{"type": "LegEnded", "leg": "1.2"}', "cause"),
        ('{"type": "LegEnded", "leg', "LegEnded"),
        ("[]", "[]"),
        ('{"leg": "1.2"}', "type"),
        ('{"type": "PlanAdopted", "plan": "gone"}', "gone"),
    ],
)
def test_what_cannot_be_read_is_named(body: str, named: str) -> None:
    with pytest.raises(CodecError) as caught:
        Codec(no_plans).decode_event(body)
    assert named in str(caught.value)


@pytest.mark.parametrize("leg", ["1732400000.17", "1732400000.17.l3", "box-1732400000.17.l12"])
def test_names_that_we_made_tell_their_call(leg: str) -> None:
    call = call_of(LegEnded(LegId(leg), cause="busy"))  # type: ignore[arg-type]
    assert call is not None
    assert leg.startswith(call)
    assert ".l" not in call


def test_a_read_only_mapping_is_written_like_any_other() -> None:
    made = replace(plan(), prompts=MappingProxyType({PromptName("p"): Media("sound:ctl/1")}))
    assert decode_plan(encode_plan(made)) == made
