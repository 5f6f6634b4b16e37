"""Events as a real Asterisk 22.10 told them, one a line in ``recorded.jsonl``, found again by what they say."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ctl.pbx import wire
from ctl.pbx.ari import decode

RECORDED = Path(__file__).with_name("recorded.jsonl")


@cache
def lines() -> tuple[str, ...]:
    return tuple(RECORDED.read_text(encoding="utf-8").splitlines())


def recorded(kind: str, **says: Any) -> wire.Event:
    """The first recorded event of this type with these members; ``state`` is that of its channel."""
    for line in lines():
        event = json.loads(line)
        channel = event.get("channel") or event.get("peer") or {}
        said = {**event, "state": channel.get("state") or event.get("playback", {}).get("state")}
        if event["type"] == kind and all(said.get(name) == value for name, value in says.items()):
            decoded = decode(line)
            assert decoded is not None
            return decoded
    raise LookupError(f"no {kind} with {says} was recorded")


def channel_of(event: wire.Event) -> str:
    """The channel that a recorded event is about."""
    about = getattr(event, "channel", None) or getattr(event, "peer", None)
    assert isinstance(about, wire.Channel)
    return about.id


def channel(name: str, state: str = "Up", **changes: Any) -> dict[str, Any]:
    """A channel as Asterisk describes it in JSON, like the recorded ones."""
    template = recorded("StasisStart", state="Up")
    assert isinstance(template, wire.StasisStart)
    described: dict[str, Any] = msgspec.to_builtins(template.channel)
    return described | {"id": name, "state": state, **changes}
