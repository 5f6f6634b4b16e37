"""Commands: deploy."""

import asyncio
import getpass
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ctl.cli import app
from ctl.cli.auditing import noted

if TYPE_CHECKING:
    from ctl.pbx.deploy.deployer import Deployer
    from ctl.pbx.deploy.manifest import Manifest
    from ctl.settings import Settings


@app.command()
def deploy(
    generation: Annotated[
        int | None, typer.Argument(help="with --rollback: which one; one step back when not given")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="show and try what would change, and change nothing")] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="go one step back, twice for two; or to the generation named")
    ] = False,
    history: Annotated[bool, typer.Option("--history", help="list the generations that are kept")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --history: one JSON document")] = False,
    start: Annotated[
        bool, typer.Option("--start", help="before starting the centre: new settings, the flows that are in force")
    ] = False,
    draft: Annotated[
        str | None, typer.Option(help="put into force what this person has written on the settings screens")
    ] = None,
    files: Annotated[
        bool, typer.Option("--files", help="with --rollback: the files that operations edits go back, too")
    ] = False,
    restore_files: Annotated[
        bool, typer.Option("--restore-files", help="let the files be what is in force; edits are kept aside")
    ] = False,
    by_web: Annotated[bool, typer.Option("--by-web", hidden=True, help="the web keeps the audit entry")] = False,
    reason: Annotated[str, typer.Option(help="why, for the history")] = "",
    author: Annotated[str, typer.Option(help="who, for the history; the user of this shell when not given")] = "",
) -> None:
    """Put the configuration into force: flows, people and telephones as the files and settings now say.

    Shows the difference, tries it in a throw-away Asterisk, keeps it as a generation, reloads only what changed,
    looks at the result, and goes back by itself when that is not good. Calls in progress do not notice.
    """
    if sum((check, rollback, history, start, draft is not None, restore_files)) > 1:
        _fail(
            "--check, --rollback, --history, --start, --draft and --restore-files exclude each other: give one of them",
            2,
        )
    if files and not rollback:
        _fail("--files goes with --rollback: a deploy takes what the files say", 2)
    if generation is not None and not rollback:
        _fail(f"{generation} names a generation, which only --rollback takes: ctl deploy --rollback {generation}", 2)
    from ctl.settings import Settings  # noqa: PLC0415 - heavy: only this command pays for it

    settings = Settings()
    if history:
        _print_history(settings, as_json)
        return
    who = author or os.environ.get("SUDO_USER") or getpass.getuser()

    async def work(deployer: "Deployer") -> "Manifest | None":
        from ctl.editing import applying  # noqa: PLC0415
        from ctl.editing.drafts import Drafts  # noqa: PLC0415

        if check:
            await deployer.check()
            print("good: nothing was changed")
            return None
        if draft is not None:
            return await applying.apply(settings, deployer, Drafts(settings).of(draft), author=who, reason=reason)
        if restore_files:
            await applying.restore_files(settings, deployer, author=who)
            return None
        if rollback and files:
            return await applying.roll_back(settings, deployer, generation, author=who, reason=reason)
        if rollback:
            return await deployer.roll_back(generation, author=who, reason=reason)
        return await deployer.deploy(author=who, reason=reason, start=start)

    repairs = not (check or start or restore_files)
    if check or by_web:
        asyncio.run(_guarded(_run(settings, work, repairs=repairs)))
        return
    with noted(
        "settings.roll_back" if rollback else "settings.apply",
        f"generation {generation}" if generation is not None else f"draft {draft}" if draft is not None else "centre",
        after={"author": who, "start": start},
        reason=reason or None,
    ):
        asyncio.run(_guarded(_run(settings, work, repairs=repairs)))


async def _run(
    settings: "Settings", work: "Callable[[Deployer], Awaitable[Manifest | None]]", *, repairs: bool = False
) -> None:
    """``repairs``: the switchboard is told also when nothing has changed, since an earlier deploy may have ended before that."""
    from ctl.config import ConfigError  # noqa: PLC0415
    from ctl.editing.applying import HandEditedError  # noqa: PLC0415
    from ctl.editing.drafts import NoDraft  # noqa: PLC0415
    from ctl.editing.overtaken import OvertakenError  # noqa: PLC0415
    from ctl.house import HouseError  # noqa: PLC0415
    from ctl.pbx.deploy.apply import TakenBackError  # noqa: PLC0415
    from ctl.pbx.deploy.deployer import RefusedError  # noqa: PLC0415
    from ctl.pbx.deploy.generations import NoSuchGenerationError  # noqa: PLC0415
    from ctl.pbx.deploy.music import MusicError  # noqa: PLC0415
    from ctl.pbx.deploy.talk import NotAnsweringError  # noqa: PLC0415
    from ctl.pbx.deploy.trust import TrustError  # noqa: PLC0415
    from ctl.pbx.deploy.values import Unrenderable  # noqa: PLC0415
    from ctl.prompts import PromptError  # noqa: PLC0415

    try:
        made = await work(_deployer(settings))
        if made is not None:
            print(f"generation {made.number} is in force")
        if made is not None or repairs:
            await _tell_switchboard(settings)
    except (
        *(ConfigError, RefusedError, Unrenderable, MusicError, TrustError, PromptError, NoSuchGenerationError),
        *(NoDraft, OvertakenError, HandEditedError),
    ) as bad:
        _fail(f"{bad}\nrefused: what runs stays as it was", 2)
    except (TakenBackError, NotAnsweringError, HouseError, OSError) as failed:
        _fail(str(failed), 1)


def _deployer(settings: "Settings") -> "Deployer":
    from ctl.house import ensure_rootfs  # noqa: PLC0415
    from ctl.pbx.deploy.deployer import Deployer  # noqa: PLC0415

    return Deployer(settings, ensure_rootfs(settings, print), print)


async def _tell_switchboard(settings: "Settings") -> None:
    """New calls follow the new flows at once; calls in progress finish on those they began with."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused  # noqa: PLC0415

    try:
        answer = await SwitchboardClient(settings).adopt()
    except SwitchboardAway:
        print("the switchboard is not running; it will start with this generation")
        return
    except SwitchboardRefused as refused:
        _fail(f"the switchboard does not take it: {refused}", 1)
    if not answer.ok:
        _fail(f"the switchboard does not take it: {answer.message}", 1)
    print(f"switchboard: {answer.message}")


def _print_history(settings: "Settings", as_json: bool) -> None:
    from ctl.pbx.deploy.generations import Generations  # noqa: PLC0415

    store = Generations(settings)
    rows = [
        {
            "number": one.number,
            "current": one.number == store.current,
            "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "author": one.author,
            "reason": one.reason,
            "plan": one.plan,
            "files": len(one.files),
            "taken_back": list(one.taken_back),
            "restores": one.restores,
        }
        for one in store.history()
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        mark = "*" if row["current"] else "x" if row["taken_back"] else " "
        print(f"{mark} {row['number']:>4}  {row['at']}  {row['author']}  {row['reason']}")
    if not rows:
        print("nothing was deployed yet")


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    """Run the work; SIGTERM ends it as Ctrl-C does, with nothing left behind."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _fail("interrupted: what was in force stays", 1)


def _fail(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(status)
