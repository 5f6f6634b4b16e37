"""``ensure``: every announcement of a plan lies where Asterisk plays it from."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from ctl.config import PromptSource
from ctl.settings import Settings
from ctl.switchboard.ids import PromptName

WORTH_A_PROCESS = 4
"""From so many announcements on, starting worker processes saves time."""


class PromptError(Exception):
    """Announcements that cannot be made. The message has one line for each, naming it and what is wrong."""


def ensure(settings: Settings, prompts: Mapping[PromptName, PromptSource], progress: Callable[[str], None]) -> None:
    """Make what is missing in the cache and place all of it below ``settings.prompts_path``.

    Can be interrupted and repeated: what is made is kept. Nothing is ever removed, because calls in progress may still
    follow an older plan. Raises `PromptError` after everything that can be made has been made.
    """
    cache = settings.cache.resolve() / "prompts"
    cache.mkdir(parents=True, exist_ok=True)
    settings.prompts_path.mkdir(parents=True, exist_ok=True)
    named: dict[str, tuple[PromptName, PromptSource]] = {}
    for name, source in prompts.items():
        named.setdefault(source.key, (name, source))
    missing = {key: both for key, both in named.items() if not _file(cache, key).exists()}
    faults = [] if not missing else list(_make_all(cache, missing, progress))
    if faults:
        raise PromptError("\n".join(sorted(faults)))
    for key in named:
        _place(_file(cache, key), _file(settings.prompts_path, key))


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.wav"


def _make_all(
    cache: Path, missing: Mapping[str, tuple[PromptName, PromptSource]], progress: Callable[[str], None]
) -> Iterator[str]:
    """Make announcements, on all processors when they are many. Yields a line for each that cannot be made."""
    from ctl.prompts.make import leave_interrupts_to_the_parent, make  # noqa: PLC0415 - brings numpy and scipy

    if len(missing) < WORTH_A_PROCESS:
        for n, (key, (name, source)) in enumerate(missing.items(), 1):
            progress(f"announcement {n} of {len(missing)}: {name}")
            try:
                make(source, _file(cache, key))
            except (ValueError, OSError) as error:
                yield _fault(name, source, error)
        return
    pool = ProcessPoolExecutor(
        min(os.cpu_count() or 1, len(missing)),
        # A forked copy of a process with threads may hang in a lock that nobody holds any more.
        multiprocessing.get_context("spawn"),
        leave_interrupts_to_the_parent,
    )
    try:
        futures = {
            pool.submit(make, source, _file(cache, key)): (name, source) for key, (name, source) in missing.items()
        }
        for n, future in enumerate(as_completed(futures), 1):
            name, source = futures[future]
            progress(f"announcement {n} of {len(missing)}: {name}")
            failure = future.exception()
            if isinstance(failure, ValueError | OSError):
                yield _fault(name, source, failure)
            elif failure is not None:
                raise failure
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _fault(name: PromptName, source: PromptSource, error: BaseException) -> str:
    return f"announcement {name}{f' ({source.sound})' if source.sound else ''}: {error}"


def _place(made: Path, target: Path) -> None:
    """A hard link costs no space; across file systems it must be a copy, renamed into place when whole."""
    if target.exists():
        return
    try:
        os.link(made, target)
    except FileExistsError:
        return
    except OSError:
        part = target.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(made, part)
        os.chmod(part, 0o644)
        os.replace(part, target)
