"""What a PBX that has taken in a configuration must show, and what of it is missing: asked through AMI, not assumed."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ctl.config.music import USUAL
from ctl.pbx.ami import Ami
from ctl.pbx.deploy.talk import console
from ctl.pbx.names import NOBODY, TRUNK, TRUNK_ASKED, fallback_queue
from ctl.switchboard.plan import Plan, Queue

DIALPLAN = "extensions.conf"
MARK = "CTL_DIALPLAN"
"""A global variable of the dialplan that names its content: tells which one is loaded."""
_CLASS = re.compile(r"^\[([^]]+)\]\nmode = files\ndirectory = .*/(\S+)$", re.MULTILINE)
_SHOWN_CLASS = re.compile(r"^Class: (\S+)\n\s*Mode: files\n\s*Directory: .*/(\S+)$", re.MULTILINE)
"""A class of music as it is written, and as ``moh show classes`` tells of it: name and last part of the directory."""


@dataclass(frozen=True)
class Expectation:
    """``dialplan``: the value of `MARK`. ``music``: class → name of the directory that it plays from."""

    dialplan: str
    endpoints: frozenset[str]
    queues: frozenset[str]
    music: Mapping[str, str]


def expectation(files: Mapping[str, str]) -> Expectation:
    """What these files promise. Sections are told by the templates that they are made from."""
    return Expectation(
        dialplan=_first(rf"^{MARK} = (\S+)$", files[DIALPLAN]),
        endpoints=_all(r"^\[([^]]+)\]\((?:to-carrier|any|desk|browser)\)$", files["pjsip.conf"]),
        queues=_all(r"^\[([^]]+)\]\(by-longest-idle\)$", files["queues.conf"]),
        music=dict(_CLASS.findall(files["musiconhold.conf"])),
    )


def demand(wanted: Expectation, plan: Plan) -> Expectation:
    """The same, but endpoints, queues and music are those of the plan: templates that forget one are found out."""
    music = {USUAL, *(queue.music for queue in _queues(plan) if queue.music is not None)}
    phones = {str(extension) for extension in plan.operators}
    return replace(
        wanted,
        endpoints=frozenset(
            {TRUNK, NOBODY, *phones, *(f"{extension}w" for extension in phones)} | wanted.endpoints & {TRUNK_ASKED}
        ),
        queues=frozenset(fallback_queue(name) for name in plan.queues),
        music={name: wanted.music.get(name, "") for name in music},
    )


def _queues(plan: Plan) -> Iterator[Queue]:
    """Of the plan, and as they are in its modes."""
    yield from plan.queues.values()
    for mode in plan.modes.values():
        yield from mode.queues.values()


def content_mark(text: str) -> str:
    """The value of `MARK` for a dialplan of this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


async def missing(ami: Ami, wanted: Expectation) -> tuple[str, ...]:
    """What the PBX lacks or has too much of, in sentences; empty when all is as it should be.

    Raises `AmiAway` or `AmiRefused` when it does not say.
    """
    [mark] = await ami.ask("Getvar", {"Variable": MARK})
    endpoints = await ami.ask("PJSIPShowEndpoints", many=True)
    queues = await ami.ask("QueueStatus", many=True)
    music = await console(ami, "moh show classes")
    telephones = frozenset(row.objectname for row in endpoints if row.objectname)
    there = frozenset(row.queue for row in queues if row.event == "QueueParams")
    faults = [
        *(f"endpoint {name} is not loaded" for name in sorted(wanted.endpoints - telephones)),
        *(f"endpoint {name} is still there" for name in sorted(telephones - wanted.endpoints)),
        # one too many may have callers in it, and goes with the last of them
        *(f"queue {name} is not loaded" for name in sorted(wanted.queues - there)),
    ]
    if mark.value != wanted.dialplan:
        faults.insert(0, f"dialplan {mark.value or 'of somebody else'} is loaded instead of {wanted.dialplan}")
    played = dict(_SHOWN_CLASS.findall(music))
    faults.extend(
        f"music on hold {name!r} is not played from {directory or 'anywhere'}"
        for name, directory in sorted(wanted.music.items())
        if not directory or played.get(name) != directory
    )
    return tuple(faults)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else ""


def _all(pattern: str, text: str) -> frozenset[str]:
    return frozenset(re.findall(pattern, text, re.MULTILINE))
