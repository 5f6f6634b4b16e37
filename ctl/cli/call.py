"""Commands: call ID VERB, what can be asked of one call and done to it."""

import asyncio
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import Reason, Supervisor, ask
from ctl.cli.loading import bad_input
from ctl.settings import Settings
from ctl.switchboard.events import Do

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctl.cms.records import Story
    from ctl.switchboard.facts import Fact
    from ctl.switchboard.names import Names

WISHES = {
    "hold": Do.HOLD,
    "resume": Do.RESUME,
    "consult": Do.CONSULT,
    "complete": Do.COMPLETE,
    "cancel": Do.CANCEL,
    "three-way": Do.THREE_WAY,
    "next-number": Do.NEXT_NUMBER,
    "transfer": Do.TRANSFER,
    "hangup": Do.HANGUP,
    "move": Do.MOVE,
    "priority": Do.PRIORITY,
    "pull": Do.PULL,
}
QUESTIONS = ("show", "explain")
ARGUMENTS = {"consult": "DEPT", "transfer": "DEPT", "move": "QUEUE", "priority": "1…9", "pull": "EXT"}
OF_CALLERS = ("move", "priority", "pull")
"""What is done about a caller who waits, with a reason, and on a supervisor's authority or the machine's own."""
VERBS = ", ".join((*QUESTIONS, *(f"{wish} {ARGUMENTS[wish]}" if wish in ARGUMENTS else wish for wish in WISHES)))


class Language(StrEnum):
    EN = "en"
    JA = "ja"


@app.command()
def call(
    call: Annotated[str, typer.Argument(metavar="ID", help="The call's id, from `ctl calls` or `ctl floor`.")],
    verb: Annotated[str, typer.Argument(help=f"One of {VERBS}.")],
    argument: Annotated[
        str | None, typer.Argument(metavar="[ARG]", help="A department's code, a queue, a priority or an extension.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For show and explain: one JSON document.")] = False,
    language: Annotated[Language, typer.Option(help="For explain.")] = Language.EN,
    supervisor: Supervisor = None,
    reason: Reason = None,
) -> None:
    """Show a call, tell its course and why it took it, or do something to it while it lasts."""
    if verb not in WISHES and verb not in QUESTIONS:
        bad_input(f"unknown verb {verb!r}; allowed: {VERBS}")
    if (argument is None) == (verb in ARGUMENTS):
        needing = ", ".join(f"{one} {what}" for one, what in ARGUMENTS.items())
        bad_input(f"an argument belongs to {needing}, and to nothing else: ctl call ID consult DEPT")
    if (reason is None) == (verb in OF_CALLERS) or (supervisor is not None and verb not in OF_CALLERS):
        bad_input(f"--reason (and --as) belong to {', '.join(OF_CALLERS)}: ctl call ID move QUEUE --reason TEXT")
    if as_json and verb not in QUESTIONS:
        bad_input(f"--json belongs to {' and '.join(QUESTIONS)}: ctl call ID show --json")
    match verb:
        case "show":
            _show(call, as_json)
        case "explain":
            _explain(call, language, as_json)
        case _:
            ask(WISHES[verb], call=call, argument=argument, supervisor=supervisor, reason=reason)


def _show(call: str, as_json: bool) -> None:
    from ctl.cli.documents import call_document, fact_document, fact_line, table  # noqa: PLC0415 - see ctl.cli

    story = _story(call)
    if as_json:
        facts = [fact_document(fact) for fact in story.facts]
        typer.echo(json.dumps({**call_document(story.call), "facts": facts}, ensure_ascii=False, indent=1))
        return
    typer.echo(table([story.call]))
    typer.echo()
    for fact in story.facts:
        typer.echo(fact_line(fact))


def _explain(call: str, language: Language, as_json: bool) -> None:
    from ctl.cli.when import in_japan, iso  # noqa: PLC0415 - see ctl.cli
    from ctl.database.base import instant  # noqa: PLC0415
    from ctl.switchboard.explain import explain  # noqa: PLC0415

    course = explain(_from_journal(call) or _story(call).facts, language.value, _names())
    if as_json:
        document = [{"at": iso(instant(one.at)), "text": one.text, "others": one.others} for one in course]
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for one in course:
        at = in_japan(instant(one.at))
        typer.echo(f"{at}  {one.text}")
        for other in one.others:
            typer.echo(f"{' ' * len(at)}    {other}")


def _names() -> "Names":
    """Those of the plan in force; without one, codes have to do."""
    from ctl.runtime.plans import NoPlan, current_flows, load_plan  # noqa: PLC0415 - see ctl.cli
    from ctl.switchboard.names import Names  # noqa: PLC0415

    try:
        return Names.of(asyncio.run(load_plan(current_flows(Settings()))))
    except NoPlan:
        return Names()


def _story(call: str) -> "Story":
    from ctl.cli.calls import ask  # noqa: PLC0415 - see ctl.cli

    story = ask(lambda records: records.story(call))
    if story is None:
        bad_input(f"no call {call} is in the records: see `ctl calls`; a new one arrives within seconds")
    return story


def _from_journal(call: str) -> "Sequence[Fact]":
    """What this machine's own journal tells of the call: at once, and also while Postgres is away."""
    from ctl.journal.reader import Reader  # noqa: PLC0415 - see ctl.cli
    from ctl.journal.store import JournalError  # noqa: PLC0415
    from ctl.switchboard.facts import CallStarted  # noqa: PLC0415
    from ctl.switchboard.ids import CallId  # noqa: PLC0415

    try:
        reader = Reader(Settings().journal_path)
        facts = [reader.fact(entry) for entry in reader.of_call(CallId(call)) if entry.kind == "fact"]
    except JournalError:
        return ()
    # A call whose beginning was pruned already is told better by the records.
    return facts if any(isinstance(fact, CallStarted) for fact in facts) else ()
