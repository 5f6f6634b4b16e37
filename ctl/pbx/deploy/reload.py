"""Which part of Asterisk reads which file, and how it is told to read again without touching a call."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping

from ctl.pbx.ami import Ami, AmiRefused

MODULES: Mapping[str, tuple[str, ...]] = {
    "extensions.conf": ("pbx_config.so",),
    "musiconhold.conf": ("res_musiconhold.so",),
    "queuerules.conf": ("app_queue.so",),
    "queues.conf": ("app_queue.so",),
    "indications.conf": ("indications",),
    "features.conf": ("features",),
    "acl.conf": ("acl",),
    "cdr.conf": ("cdr",),
    "cdr_custom.conf": ("cdr_custom.so",),
    "cel.conf": ("cel",),
    "cel_custom.conf": ("cel_custom.so",),
    "logger.conf": ("logger",),
    "rtp.conf": ("res_rtp_asterisk.so",),
    "pjsip.conf": ("res_pjsip.so", "res_pjsip_endpoint_identifier_ip.so", "res_pjsip_outbound_registration.so"),
    "http.conf": ("http",),
    "ari.conf": ("res_ari.so",),
    "manager.conf": ("manager",),
}
"""In the order in which they are reloaded: what calls need first, the doors that we come through ourselves last.

A file that is not named is read only when Asterisk starts.
"""

QUIET_S = 30.0
"""How long to wait for a moment in which no call is being set up, before going on without one."""
LOOK_S = 0.2
SIP = "res_pjsip.so"
_ONLY_AT_START = re.compile(r"^type = (?:transport|system)$", re.MULTILINE)


def modules(changed: Iterable[str]) -> tuple[str, ...]:
    """What to reload when these files changed."""
    files = set(changed)
    return tuple(dict.fromkeys(module for name, names in MODULES.items() if name in files for module in names))


def only_at_start(before: Mapping[str, str], after: Mapping[str, str], changed: Iterable[str]) -> tuple[str, ...]:
    """Changed files of which at least a part takes effect at the next start of Asterisk."""
    waiting = [name for name in changed if name not in MODULES]
    if _fixed_sections(before.get("pjsip.conf", "")) != _fixed_sections(after.get("pjsip.conf", "")):
        waiting.append("pjsip.conf (transports)")
    return tuple(waiting)


async def reload(ami: Ami, names: Iterable[str]) -> None:
    """Have each module read its files again, one after the other. Raises `AmiAway`, or `AmiRefused` once all were asked."""
    refused: list[str] = []
    for name in names:
        try:
            await ami.ask("Reload", {"Module": name})
        except AmiRefused as error:
            refused.append(str(error))
    if refused:
        raise AmiRefused("; ".join(refused))


async def quiet_moment(ami: Ami, within_s: float = QUIET_S) -> bool:
    """Wait until every call that exists is answered: nothing rings, nothing is being set up.

    A reload of SIP under load has deadlocked (asterisk#1868, #2081). False when there was no such moment in time.
    """
    until = time.monotonic() + within_s
    while not await _is_quiet(ami):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(LOOK_S)
    return True


async def _is_quiet(ami: Ami) -> bool:
    rows = await ami.ask("Status", many=True)
    return all(row.channelstatedesc == "Up" for row in rows if row.event == "Status")


def _fixed_sections(text: str) -> list[str]:
    return [section for section in text.split("\n\n") if _ONLY_AT_START.search(section)]
