"""A process that is killed before its n-th change of the disk: nothing that it does afterwards, clean-up too, reaches it."""

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHANGES = ("mkdir", "rename", "replace", "unlink", "rmdir", "symlink", "link", "chmod", "chown", "utime")


class Killed(BaseException):
    """No handler for errors may catch it."""


@contextmanager
def killed_before(n: int) -> Iterator[list[str]]:
    """The changes that were made. The block ends by `Killed` unless it needs fewer than ``n`` changes."""
    made: list[str] = []

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if len(made) >= n:
                raise Killed
            made.append(name)
            return function(*arguments, **named)

        return call

    def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
        return (real if set(mode).isdisjoint("wax+") else counted("open", real))(file, mode, *rest, **named)

    real = io.open
    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, counted(name, getattr(os, name)))
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        yield made
