"""What a PBX that has taken in a configuration must show, and what of it is missing: asked through AMI, not assumed."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ctl.pbx.ami import Ami
from ctl.pbx.deploy.talk import console
from ctl.pbx.names import fallback_queue
from ctl.switchboard.plan import Plan

DIALPLAN = "extensions.conf"
TRUNK = "carrier"
MARK = "CTL_DIALPLAN"
"""A global variable of the dialplan that names its content: tells which one is loaded."""


@dataclass(frozen=True)
class Expectation:
    """``dialplan``: the value of `MARK`. ``music``: name of the directory that the default class plays from."""

    dialplan: str
    endpoints: frozenset[str]
    queues: frozenset[str]
    music: str


def expectation(files: Mapping[str, str]) -> Expectation:
    """What these files promise. Sections are told by the templates that they are made from."""
    return Expectation(
        dialplan=_first(rf"^{MARK} = (\S+)$", files[DIALPLAN]),
        endpoints=_all(r"^\[([^]]+)\]\((?:any|desk|browser)\)$", files["pjsip.conf"]),
        queues=_all(r"^\[([^]]+)\]\(by-longest-idle\)$", files["queues.conf"]),
        music=_first(r"^directory = .*/(\S+)$", files["musiconhold.conf"]),
    )


def demand(wanted: Expectation, plan: Plan) -> Expectation:
    """The same, but endpoints and queues are those of the plan: templates that forget one are found out."""
    phones = {str(extension) for extension in plan.operators}
    return replace(
        wanted,
        endpoints=frozenset({TRUNK, *phones, *(f"{extension}w" for extension in phones)}),
        queues=frozenset(fallback_queue(name) for name in plan.queues),
    )


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
    if not re.search(
        rf"Class: default\n\s*Mode: files\n\s*Directory: .*/{re.escape(wanted.music)}$", music, re.MULTILINE
    ):
        faults.append(f"music on hold is not played from {wanted.music}")
    return tuple(faults)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else ""


def _all(pattern: str, text: str) -> frozenset[str]:
    return frozenset(re.findall(pattern, text, re.MULTILINE))
