"""`ctl calls`, `ctl call` and `ctl replay` as they are typed."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ctl.cli import app, call, calls  # noqa: F401 - importing registers
from ctl.cli import journal as journal_commands  # noqa: F401 - the same
from ctl.cms.ingest import Ingest
from ctl.journal.codec import FACTS
from ctl.journal.journal import Journal
from ctl.journal.shipper import Shipped
from ctl.settings import Settings
from ctl.switchboard.core import step
from ctl.switchboard.effects import Record
from ctl.switchboard.events import CallArrived, Cause, Event, LegEnded, PlanAdopted
from ctl.switchboard.facts import CallQueued
from ctl.switchboard.floor import Floor
from ctl.switchboard.floor import empty as empty_floor
from ctl.switchboard.ids import CallId, LegId, Number, QueueName
from tests.plans import small_plan
from tests.postgres import Cluster, empty
from tests.stories import CALL, handed_off


def run(*typed: str) -> Result:
    return CliRunner().invoke(app, typed)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    monkeypatch.setenv("CTL_POSTGRES_PORT", "1")
    return tmp_path


@pytest.fixture
def records(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with the one call of `tests.stories`."""

    async def fill() -> None:
        engine = cluster.engine()
        await cluster.has_tables(engine)
        await empty(engine)
        shipped = [Shipped(n, fact, FACTS.encode_fact(fact)) for n, fact in enumerate(handed_off())]
        await Ingest(engine).take("j", 0, len(shipped), shipped, now=0)
        await engine.dispose()

    asyncio.run(fill())
    monkeypatch.setenv("CTL_HOME", str(cluster.settings.home))
    monkeypatch.setenv("CTL_POSTGRES_PORT", str(cluster.settings.postgres_port))


def test_a_journal_that_is_not_there_is_not_told_as_shipped(home: Path) -> None:
    done = run("journal", "ship", "journal.sqlite.aside-7")
    assert done.exit_code == 1
    assert done.stderr == "journal.sqlite.aside-7: there is no journal; nothing was shipped\n"
    assert run("journal", "ship").stderr.startswith(str(Settings().journal_path))


@pytest.mark.usefixtures("records")
def test_calls_as_json_bear_the_agreed_names() -> None:
    done = run("calls", "--json")
    assert done.exit_code == 0, done.output
    (document,) = json.loads(done.stdout)
    agreed = "id started_at ended_at called menu queue operator outcome wait_ms talk_ms hold_ms handoffs recordings"
    assert set(agreed.split()) <= set(document)
    assert set(document["handoffs"][0]) == {"department", "number", "result", "consult_ms", "outside_ms"}
    assert document["started_at"].endswith(".000Z")
    assert document["wait_ms"] == 25_000


@pytest.mark.usefixtures("records")
def test_calls_for_people_show_the_same() -> None:
    assert "101: busy, 101: completed" in run("calls").stdout
    assert run("calls", "--outcome", "lost").stdout == "no call fits\n"


@pytest.mark.usefixtures("records")
def test_one_call_is_shown_with_all_that_was_stated() -> None:
    document = json.loads(run("call", CALL, "show", "--json").stdout)
    assert document["outcome"] == "handed_off"
    offer = next(fact for fact in document["facts"] if fact["type"] == "OfferMade")
    assert [one["extension"] for one in offer["candidates"]] == ["2001", "2002"]
    assert "OfferEnded" in run("call", CALL, "show").stdout


@pytest.mark.usefixtures("records")
def test_routing_is_explained_from_the_records_when_the_journal_is_not_here() -> None:
    assert "2004 did not get it: has no skill" in run("call", CALL, "explain").stdout


@pytest.mark.usefixtures("records")
def test_an_unknown_call_is_bad_input() -> None:
    done = run("call", "1.1", "show")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "ctl calls" in done.stderr


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("typed", "named"),
    [
        (["calls", "--since", "soon"], "--since"),
        (["call", "1.1", "dance"], "allowed: show, explain, hold"),
        (["call", "1.1", "consult"], "DEPT"),
        (["call", "1.1", "hold", "101"], "DEPT"),
        (["call", "1.1", "hold", "--json"], "show --json"),
        (["journal", "compare", "--since", "soon"], "--since"),
    ],
)
def test_bad_input_names_the_way_out(typed: list[str], named: str) -> None:
    done = run(*typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert named in done.stderr


@pytest.mark.usefixtures("home")
def test_absent_parts_are_named() -> None:
    assert "Postgres" in run("calls").stderr
    assert "no switchboard answers" in run("call", "1.1", "hold").stderr
    assert "no journal there" in run("replay", "1.1").stderr
    assert {run(*typed).exit_code for typed in (["calls"], ["call", "1.1", "hold"], ["replay", "1.1"])} == {1}


STRANGER, KNOWN = CallId("1764.1"), CallId("1764.2")


def journal_of_two_calls(home: Path) -> Journal:
    """What a switchboard writes when an unknown number and a known one are called, with a snapshot in between."""
    journal = Journal(Settings().journal_path)
    floor: Floor = empty_floor()
    events: list[Event] = [
        PlanAdopted(small_plan()),
        CallArrived(STRANGER, LegId(STRANGER), Number("0300000000"), "0355550001"),
        CallArrived(KNOWN, LegId(KNOWN), Number("0339811111"), "0355550002"),
        LegEnded(LegId(KNOWN), Cause.NORMAL, 16),
    ]
    for at, event in enumerate(events):
        floor, effects = step(floor, event, at * 1000)
        seq = journal.append(at * 1000, event, [effect.fact for effect in effects if isinstance(effect, Record)])
        if at == 1:
            journal.snapshot(seq, floor)
    return journal


def test_a_replayed_call_is_decided_the_same(home: Path) -> None:
    journal_of_two_calls(home).close()
    for known, events in ((STRANGER, 2), (KNOWN, 2)):
        done = run("replay", known)
        assert done.exit_code == 0, done.output
        assert done.stdout.startswith("decided the same: ")
        assert f"{events} events" in done.stdout


def test_a_replay_names_the_first_difference(home: Path) -> None:
    journal = journal_of_two_calls(home)
    odd = CallQueued(KNOWN, 99, 9000, QueueName("elsewhere"), None, 5, 0)
    journal.append(9000, LegEnded(LegId("another"), Cause.NORMAL), [odd])
    journal.close()
    done = run("replay", KNOWN)
    assert done.exit_code == 1
    assert "decided differently" in done.stdout
    assert "CallQueued" in done.stdout


def test_a_call_that_the_journal_does_not_know_is_bad_input(home: Path) -> None:
    journal_of_two_calls(home).close()
    assert run("replay", "9.9").exit_code == 2


def test_routing_is_explained_from_the_journal_while_postgres_is_away(home: Path) -> None:
    journal = journal_of_two_calls(home)
    done = run("call", STRANGER, "explain")
    journal.close()
    assert done.exit_code == 0
    assert "a number that is not ours" in done.stdout


def test_a_damaged_journal_is_found_and_set_aside(home: Path) -> None:
    path = Settings().journal_path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    found = run("journal", "check")
    assert (found.exit_code, "ctl journal set-aside" in found.stderr) == (1, True)
    assert run("journal", "set-aside").exit_code == 0
    assert run("journal", "set-aside").exit_code == 1, "there is nothing left to set aside"
    Journal(path).close()
    assert run("journal", "check").stdout == "the journal is sound\n"


def test_a_journal_in_use_is_not_set_aside(home: Path) -> None:
    opened = Journal(Settings().journal_path)
    assert "stop it first" in run("journal", "set-aside").stderr
    opened.close()
