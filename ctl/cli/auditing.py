"""What is changed from the shell leaves an entry in the audit trail, also when Postgres is away.

The entry goes to the spool: a file, on the disk before the command ends. The worker chains it within seconds. So no
command waits for a database, and none is refused because there is none.
"""

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from ctl.settings import Settings

BAD_INPUT = 2


@contextmanager
def noted(
    action: str, subject: str, *, after: Mapping[str, object] | None = None, reason: str | None = None
) -> Iterator[None]:
    """Note what happens inside: done, refused (exit status 2), or failed."""
    from ctl.security.audit.entry import Outcome  # noqa: PLC0415 - see ctl.cli

    outcome = Outcome.FAILED
    try:
        yield
        outcome = Outcome.DONE
    except typer.Exit as left:
        outcome = {0: Outcome.DONE, BAD_INPUT: Outcome.REFUSED}.get(left.exit_code, Outcome.FAILED)
        raise
    finally:
        note(action, subject, outcome, after=after, reason=reason)


def note(action: str, subject: str, outcome: Any, **more: Any) -> None:
    """Leave one entry. A disk that takes nothing is told to whoever sits at the shell, and stops nothing."""
    import uuid  # noqa: PLC0415

    from ctl.security.audit.entry import Entry, keep  # noqa: PLC0415 - see ctl.cli
    from ctl.security.audit.spool import Spool  # noqa: PLC0415

    entry = Entry(who(), where(), action, subject, outcome, **more)
    try:
        Spool.of(Settings()).add(keep(entry, uuid.uuid4().hex))
    except OSError as error:
        typer.echo(f"this could not be written to the audit trail: {error}", err=True)


def who() -> str:
    """The person, as far as the machine knows: behind sudo stands somebody."""
    return f"shell:{os.environ.get('SUDO_USER') or _user()}"


def where() -> str:
    """The address from which the shell was opened, else the terminal, else ``local``."""
    if client := os.environ.get("SSH_CONNECTION", "").split(" ")[0]:
        return client
    try:
        return os.ttyname(0)
    except OSError:
        return "local"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
