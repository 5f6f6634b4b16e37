"""The proof that an attack has broken nothing: citizens are served, nothing was started again, nothing is left over."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ctl.lab import fallback, processes, scenes, webuser
from ctl.lab.pulse import TooLateError, eventually
from ctl.settings import Settings
from tests.proving.place import Place
from tests.proving.report import Case

PARTS = ("asterisk", "switchboard", "web", "worker", "sentinel", "postgres")
HELD_BY = ("asterisk", "switchboard", "web", "worker", "sentinel")
"""Those whose descriptors and threads are counted; Postgres has a process for each connection."""
PAGES = (
    *("/floor", "/calls", "/audit", "/accounts", "/account", "/tokens", "/settings", "/settings/text/operators.yaml"),
    *("/api/floor", "/api/calls", "/api/audit", "/api/accounts", "/api/settings", "/settings/history", "/wallboard"),
)
CRASHED = "was terminated by signal"
GONE_WITHIN_S = 70
"""Whoever calls and never says ACK is given up by SIP itself after 32 s (64 · T1), then the closing message ends."""
MORE_DESCRIPTORS, MORE_THREADS = 40, 60
"""What may be held longer than an attack lasts: closed TCP connections for a while, Asterisk's pool of threads."""


@dataclass(frozen=True)
class Vitals:
    """What must not change: who runs, and what it holds."""

    pids: Mapping[str, list[int]]
    descriptors: Mapping[str, int]
    threads: Mapping[str, int]
    crashes: int
    """How often a process of Postgres was ended by a signal, after which all but its first begin anew."""

    @classmethod
    def of(cls, settings: Settings) -> "Vitals":
        pids = {part: processes.of(settings, part) for part in PARTS}
        held = {
            what: {
                part: sum(len(list(Path(f"/proc/{pid}/{what}").iterdir())) for pid in pids[part]) for part in HELD_BY
            }
            for what in ("fd", "task")
        }
        log = settings.under("log", "postgres.log")
        crashes = log.read_text(errors="replace").count(CRASHED) if log.exists() else 0
        return cls(pids, held["fd"], held["task"], crashes)


async def channels(settings: Settings) -> int:
    """How many channels the PBX has."""
    async with fallback.probe(settings) as ami:
        return sum(row.event == "CoreShowChannel" for row in await ami.ask("CoreShowChannels", many=True))


def secrets_in(settings: Settings, texts: Iterable[bytes]) -> list[str]:
    """The names of the centre's passwords that stand in what was heard, or in any log, as they are or written otherwise."""
    passwords = json.loads(settings.under("secrets.json").read_text())
    logs = [*settings.under("log").rglob("*"), *settings.under("asterisk", "log").rglob("*")]
    return told(passwords, b"\n".join([*texts, *(path.read_bytes() for path in logs if path.is_file())]))


def told(passwords: Mapping[str, str], text: bytes) -> list[str]:
    """The names of these passwords that stand in a text in any of their `writings`."""
    return [name for name, password in passwords.items() if any(one in text for one in writings(password))]


def writings(password: str) -> list[bytes]:
    """A password as it is, and as it may be written: escaped, in hexadecimal, by base64 wherever it begins, hashed alone."""
    raw = password.encode()
    # Of base64, the signs that depend on what stands before and behind are left out.
    inside = [base64.b64encode(bytes(n) + raw)[(4 * n + 2) // 3 : -4] for n in range(3)]
    safe = [one.translate(bytes.maketrans(b"+/", b"-_")) for one in inside]
    hashes = [hashlib.new(name, raw).hexdigest().encode() for name in ("md5", "sha1", "sha256")]
    return [*dict.fromkeys([raw, quote(password, safe="").encode(), raw.hex().encode(), *inside, *safe, *hashes])]


class Life:
    """Taken before the first attack; `proof` after each."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._before = Vitals.of(place.centre.settings)

    async def proof(self, after: str, heard: Iterable[bytes] = ()) -> Case:
        """Nothing is left over, a citizen and an operator hear each other, the same processes run, no secret is out."""
        settings, amiss = self._place.centre.settings, []
        try:
            await eventually(self._no_channel, "no channel is left", GONE_WITHIN_S)
            await self._place.sweep()
            citizen, phone = await scenes.talking(self._place.centre, self._place.town)
            assert await citizen.hears(phone)
            assert await phone.hears(citizen)
            await self._place.sweep()
        except (TooLateError, AssertionError) as late:
            amiss.append(str(late).splitlines()[0] if str(late) else "somebody is not heard")
        now = Vitals.of(settings)
        if now.pids != self._before.pids or not all(now.pids.values()):
            amiss.append(f"started again: {self._before.pids} → {now.pids}")
        if now.crashes != self._before.crashes:
            amiss.append(f"Postgres lost {now.crashes - self._before.crashes} of its processes")
        for what, before, after_it, more in (
            ("descriptors", self._before.descriptors, now.descriptors, MORE_DESCRIPTORS),
            ("threads", self._before.threads, now.threads, MORE_THREADS),
        ):
            amiss += [
                f"{part}: {before[part]} → {after_it[part]} {what}"
                for part in HELD_BY
                if after_it[part] > before[part] + more
            ]
        if out := secrets_in(settings, heard):
            amiss.append(f"passwords told: {', '.join(out)}")
        held = ", ".join(f"{part} {now.descriptors[part]} files, {now.threads[part]} threads" for part in HELD_BY)
        return Case(
            f"alive after {after}",
            "served, same processes, no channel left, nothing held, nothing secret told",
            "; ".join(amiss) or f"so it is ({held})",
            not amiss,
        )

    async def shown(self) -> Case:
        """What those are shown who may see everything, and what is kept: no password in any of it."""
        centre, texts = self._place.centre, {}
        for words in (("calls",), ("alarm", "history"), ("audit", "list")):
            done = await centre.ctl(*words, "--json")
            assert done.status == 0, done.err
            texts[f"ctl {' '.join(words)}"] = done.out.encode()
        async with webuser.signed_in(centre, "manager,admin,security") as browser:
            await webuser.adds_second_factor(browser)
            for path in PAGES:
                async with browser.get(path) as page:
                    texts[path] = await page.read() if page.status == 200 else b""
        texts["the journal"] = b"".join(path.read_bytes() for path in _files(centre.settings.journal_path.parent))
        texts["Postgres"] = b"".join(path.read_bytes() for path in _files(centre.settings.under("postgres", "data")))
        passwords = json.loads(centre.settings.under("secrets.json").read_text())
        wrong = [f"{names} in {where}" for where, text in texts.items() if (names := told(passwords, text))]
        empty = [where for where, text in texts.items() if not text]
        return Case(
            f"passwords in {len(texts)} pages, documents and records",
            "none",
            f"{'; '.join(wrong) or 'none'}{f', not shown: {empty}' if empty else ''}",
            not wrong and not empty,
        )

    async def _no_channel(self) -> bool:
        return await channels(self._place.centre.settings) == 0


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
