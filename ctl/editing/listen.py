"""Hear a text before callers do: spoken in a child process, because the voice is heavy and the web must go on.

The sound is made as a deploy makes it and lies in the same cache, so what was listened to need not be made again.
``python -m ctl.editing.listen`` is that child: one JSON document on standard input, the reading on standard output.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from ctl.config import PromptSource
from ctl.settings import Settings

DEADLINE_S = 60.0


class NotSpoken(Exception):
    """Nothing can be made of it. Says why."""


@dataclass(frozen=True)
class Spoken:
    """``reading``: what the voice says, in katakana; empty for an uploaded sound. ``file``: as callers would hear it."""

    reading: str
    file: Path


async def speak(settings: Settings, source: PromptSource) -> Spoken:
    """Raises `NotSpoken`."""
    file = settings.cache.resolve() / "prompts" / f"{source.key}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    asked = {
        "key": source.key,
        "spoken": source.spoken,
        "speed": source.speed,
        "half_tone": source.half_tone,
        "sound": str(source.sound) if source.sound is not None else None,
        "file": str(file),
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            said, fault = await child.communicate(json.dumps(asked).encode())
    except TimeoutError:
        raise NotSpoken(f"not made within {DEADLINE_S:g} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()
    if child.returncode:
        raise NotSpoken(fault.decode(errors="replace").strip().rpartition("\n")[2])
    return Spoken(said.decode(), file)


def main(asked: dict[str, object]) -> int:
    """The child's work. Returns its exit status."""
    from ctl.prompts.make import make  # noqa: PLC0415 - heavy; only the child pays for it
    from ctl.prompts.voice import reading  # noqa: PLC0415

    sound = Path(str(asked["sound"])) if asked["sound"] is not None else None
    speed, half_tone = float(str(asked["speed"])), float(str(asked["half_tone"]))
    source = PromptSource(str(asked["key"]), "", str(asked["spoken"]), speed, half_tone, sound)
    file = Path(str(asked["file"]))
    try:
        if not file.exists():
            make(source, file)
        if sound is None:
            sys.stdout.write(reading(source.spoken))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(json.load(sys.stdin)))
