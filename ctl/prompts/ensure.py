"""``ensure``: every announcement of a plan lies where Asterisk plays it from."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from ctl.config import PromptSource
from ctl.maker import only_maker
from ctl.settings import Settings
from ctl.switchboard.ids import PromptName

Named = Mapping[str, tuple[PromptName, PromptSource]]

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
    faults = list(_make_missing(cache, named, progress))
    if faults:
        raise PromptError("\n".join(sorted(faults)))
    for key in named:
        _place(_file(cache, key), _file(settings.prompts_path, key))


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.wav"


def _make_missing(cache: Path, named: Named, progress: Callable[[str], None]) -> Iterator[str]:
    """Make what the cache does not have. Yields a line for each that cannot be made.

    Many are made on all processors, by one process after the other. A few are not: they may be urgent.
    """

    def missing() -> Named:
        return {key: both for key, both in named.items() if not _file(cache, key).exists()}

    few = missing()
    if not few:
        return
    if len(few) < WORTH_A_PROCESS:
        yield from _make_here(cache, few, progress)
        return
    with only_maker(cache, progress):
        if many := missing():
            yield from _make_everywhere(cache, many, progress)


def _make_here(cache: Path, missing: Named, progress: Callable[[str], None]) -> Iterator[str]:
    from ctl.prompts.make import make  # noqa: PLC0415 - brings numpy and scipy

    for n, (key, (name, source)) in enumerate(missing.items(), 1):
        progress(f"announcement {n} of {len(missing)}: {name}")
        try:
            make(source, _file(cache, key))
        except (ValueError, OSError) as error:
            yield _fault(name, source, error)


def _make_everywhere(cache: Path, missing: Named, progress: Callable[[str], None]) -> Iterator[str]:
    from ctl.prompts.make import leave_interrupts_to_the_parent, make  # noqa: PLC0415 - brings numpy and scipy

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
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
