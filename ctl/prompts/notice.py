"""The sound of a short message, made in a process of its own: the voice takes a second and a hundred megabytes.

``python -m ctl.prompts.notice FLOWS`` is that child: the text on standard input; on standard output what callers will
hear, as JSON; on standard error what is wrong, with exit status 2.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from ctl.settings import Settings
from ctl.switchboard.ids import PromptName

DEADLINE_S = 60.0


class NotVoiced(Exception):
    """There is no sound; the text says why."""


@dataclass(frozen=True, slots=True)
class Voiced:
    """A short message whose sound lies with the announcements. ``media``: what the switchboard plays."""

    text: str
    media: str


async def voiced(flows: Path, text: str) -> Voiced:
    """In the voice of the announcements of these flows. Raises `NotVoiced`."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        str(flows),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            made, problem = await child.communicate(text.encode())
    except TimeoutError:
        raise NotVoiced(f"the voice did not finish within {DEADLINE_S:g} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()
    if child.returncode:
        raise NotVoiced(problem.decode(errors="replace").strip())
    return Voiced(**json.loads(made))


def main(flows: Path, text: str) -> int:
    """The child's work. Returns its exit status."""
    from pydantic_settings import SettingsError  # noqa: PLC0415

    from ctl import config  # noqa: PLC0415 - heavy; only the child pays for it
    from ctl.config.prompts import voiced_like  # noqa: PLC0415
    from ctl.prompts.ensure import PromptError, ensure  # noqa: PLC0415

    try:
        loaded = config.load(flows)
        source = voiced_like(loaded.prompts.values(), text, None)
        ensure(Settings(), {PromptName("notice"): source}, lambda _: None)
    except (config.ConfigError, PromptError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    json.dump({"text": source.text, "media": source.media}, sys.stdout, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.stdin.read()))
