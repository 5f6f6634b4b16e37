"""Is a candidate good? A throw-away Asterisk loads it, and what it says about that is read.

Nothing leaves the machine: the throw-away has a loopback address of its own, and its carrier is itself.
"""

import re
from pathlib import Path

from ctl.config.music import USUAL
from ctl.pbx.ami import AmiAway, AmiRefused
from ctl.pbx.deploy.expect import Expectation, demand, expectation, missing
from ctl.pbx.deploy.music import Classes, directories, find_music, place
from ctl.pbx.deploy.render import STATIC, TEMPLATES, render
from ctl.pbx.deploy.throwaway import ThrowAway, WillNotStartError, apart, temporary_home, throw_away
from ctl.pbx.deploy.trust import find_trust
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.plan import Plan

_COMPLAINT = re.compile(r"^\[[^]]+\] (?:WARNING|ERROR)\[\d+\](?:\[[^]]*\])? (.*)$")
EXPECTED = (
    "res_pjsip_outbound_registration.c",
    "res_pjsip_registrar.c",
    "res_pjsip/pjsip_transport_events.c",
    "taskprocessor.c",
)
"""Sources whose complaints say nothing of the configuration: a throw-away is its own carrier, who has no register, and
nobody vouches for his certificate; and on a busy machine the states of 120 telephones queue up for a moment while Asterisk
starts."""
STARTING = re.compile(r"pjproject:\s+sip_endpoint\.c\b.* registered during operation\b")
"""pjproject's words when a part of it is loaded while its first packet is already there: the order of a start, too."""


async def faults(
    settings: Settings,
    secrets: Secrets,
    plan: Plan,
    rootfs: Path,
    *,
    music: Classes | None = None,
    static: Path = STATIC,
    templates: Path = TEMPLATES,
) -> tuple[str, ...]:
    """Everything that a real Asterisk holds against the configuration that this plan makes; empty when nothing.

    ``music``: what its queues play, and the usual one; that alone when not given.
    """
    with temporary_home() as home:
        mine = apart(settings, home)
        music = music or {USUAL: find_music(mine)}
        place(music, mine)
        trust = find_trust(mine)
        trust.place(mine)
        files = render(
            mine, secrets, plan, music=directories(music), trust=trust.path, static=static, templates=templates
        )
        try:
            async with throw_away(mine, secrets, files, rootfs) as pbx:
                return (*complaints(pbx.log()), *await _missing(pbx, demand(expectation(files), plan)))
        except WillNotStartError as silent:
            return tuple(
                f"Asterisk does not start with it: {line}" for line in str(silent).splitlines() if line.strip()
            )


def complaints(log: str) -> tuple[str, ...]:
    """What Asterisk's log says against a configuration: warnings and errors, each once."""
    found = (_COMPLAINT.match(line) for line in log.splitlines())
    said = dict.fromkeys(match[1] for match in found if match)
    return tuple(f"Asterisk: {line}" for line in said if not line.startswith(EXPECTED) and not STARTING.match(line))


async def _missing(pbx: ThrowAway, wanted: Expectation) -> tuple[str, ...]:
    try:
        return await missing(pbx.ami, wanted)
    except (AmiAway, AmiRefused) as error:
        return (f"Asterisk: {error}",)
