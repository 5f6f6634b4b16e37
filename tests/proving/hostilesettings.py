"""Settings that are meant to harm: names for the dialplan, YAML that grows without end. `ctl deploy` refuses them while a
citizen and an operator talk, and they talk on."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from ctl.lab import scenes
from tests.proving.place import Place
from tests.proving.report import Case

REFUSED_WITHIN_S = 30.0
"""From the start of the command: what is refused must not keep the machine busy."""
NAMES = (
    "${SHELL(touch /centre/recordings/smuggled)}",
    '佐藤\\" <sip:0990123456@evil.example>',
    "佐藤\\ncontext=from-trunk",
    "佐藤\\r\\nX-Evil: 1",
    "\\u202e5550\\u202c",
    "佐藤\\0",
)
"""Of an operator, who stands as ``callerid`` in the PBX's settings. As they are written in double quotes in YAML."""


def documents() -> Mapping[str, tuple[str, str]]:
    """What is wrong, with the file that it stands in and its text."""
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    node = "  n{n}: {{kind: play, say: [greeting], next: n{m}}}\n"
    many = "".join(node.format(n=n, m=n + 1) for n in range(10_000)) + "  n10000: {kind: queue, queue: general}\n"
    return {
        **{f"operator called {name}": ("operators.yaml", _operator(name)) for name in NAMES},
        "a bomb of aliases": ("operators.yaml", "\n".join([*bomb, "operators: *a9", ""])),
        "an alias of itself": ("operators.yaml", "operators: &a [*a]\n"),
        "100,000 levels": ("operators.yaml", "operators: " + "[" * 100_000 + "]" * 100_000 + "\n"),
        "a tag that runs a program": ("operators.yaml", "operators: !!python/object/apply:os.system ['true']\n"),
        "a menu of 10,000 nodes": ("flows/main.yaml", f"label: 代表電話\nstart: n0\nnodes:\n{many}"),
        "no text": ("operators.yaml", "operators: \x00\x01\n"),
    }


def _operator(name: str) -> str:
    return f'operators:\n  - extensions: "2001"\n    skills: {{general: 1}}\n    names: ["{name}"]\n'


async def hostile_settings(place: Place, heard: list[bytes]) -> list[Case]:
    """Each by a deploy of its own. No alarm: who deploys is trusted, and is told what is wrong."""
    citizen, phone = await scenes.talking(place.centre, place.town)
    in_force = (await place.centre.client.health())["plan"]
    wrong, slowest = [], 0.0
    for what, (file, text) in documents().items():
        began = time.monotonic()
        status, said = await _deployed(place, place.centre.settings.flows / file, text)
        slowest = max(slowest, time.monotonic() - began)
        heard.append(said.encode())
        if status != 2 or "Traceback" in said:
            wrong.append(f"{what}: status {status}, {said.strip().splitlines()[-1:]}")
    changed = (await place.centre.client.health())["plan"] != in_force
    marks = list(place.centre.settings.under().rglob("smuggled"))
    hears = await citizen.hears(phone) and await phone.hears(citizen)
    await place.sweep()
    return [
        Case(
            f"{len(documents())} hostile settings deployed",
            f"refused as bad settings within {REFUSED_WITHIN_S:g} s; no alarm: who deploys is told",
            "; ".join(wrong) or f"so it is, the slowest after {slowest:.1f} s",
            not wrong and slowest <= REFUSED_WITHIN_S,
        ),
        Case(
            "the line meanwhile",
            "the same plan in force, no command ran, the talk goes on",
            f"{'another plan' if changed else 'the same plan'}, {len(marks)} marks, {'heard' if hears else 'not heard'}",
            not changed and not marks and hears,
        ),
    ]


async def _deployed(place: Place, file: Path, text: str) -> tuple[int, str]:
    honest = await asyncio.to_thread(file.read_bytes)
    try:
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")
        done = await place.centre.ctl("deploy", within_s=120)
    finally:
        await asyncio.to_thread(file.write_bytes, honest)
    return done.status, done.out + done.err
