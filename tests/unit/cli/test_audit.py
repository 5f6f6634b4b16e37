"""`ctl audit`, and that commands which change something leave an entry, with Postgres and without."""

import asyncio
import csv
import io
import json
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cli import audit, auditing, floor, mode  # noqa: F401 - so that their commands are there
from ctl.security.audit import Ledger
from ctl.security.audit.entry import Kept
from ctl.security.audit.spool import Spool
from ctl.settings import Settings
from tests.floor_driver import Driver
from tests.postgres import Cluster
from tests.unit.cli.running import ctl
from tests.unit.runtime.board import Switchboard
from tests.unit.security.audit.trails import entry, forge


@pytest.fixture
def home(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A centre of its own that has the Postgres of the tests."""
    (tmp_path / "secrets.json").write_bytes((cluster.settings.home / "secrets.json").read_bytes())
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    monkeypatch.setenv("CTL_POSTGRES_PORT", str(cluster.settings.postgres_port))
    return Settings()


async def fill(settings: Settings, engine: AsyncEngine, count: int = 4) -> None:
    for n in range(1, count + 1):
        await Ledger.of(settings, engine).note(entry(n))


def spooled(home: Path) -> list[Kept]:
    spool = Spool.of(Settings(home=home))
    return list(spool.read(spool.waiting()))


async def test_list_shows_the_newest_last_and_filters(home: Settings, engine: AsyncEngine) -> None:
    await fill(home, engine)
    done = await ctl("audit", "list", "--who", "hanako")
    assert done.exit_code == 0, done.output
    first, second = done.stdout.splitlines()
    assert "2026-06-15 09:00:02  hanako@192.0.2.7  session.begin thing 2" in first
    assert "settings.apply thing 4" in second
    rows = json.loads((await ctl("audit", "list", "--json", "--action", "mode.", "--since", "2026-06-15")).stdout)
    assert [(row["seq"], row["after"]["値"]) for row in rows] == [(3, 3)]
    assert (await ctl("audit", "list", "--until", "2026-06-01")).stdout == "no entry fits\n"
    short = await ctl("audit", "list", "--limit", "1")
    assert "3 older entries" in short.stderr


async def test_export_gives_lines_or_a_table_and_leaves_an_entry(home: Settings, engine: AsyncEngine) -> None:
    await fill(home, engine)
    lines = [json.loads(line) for line in (await ctl("audit", "export")).stdout.splitlines()]
    assert [line["subject"] for line in lines] == ["thing 1", "thing 2", "thing 3", "thing 4"]
    assert all(second["previous"] == first["hash"] for first, second in pairwise(lines))
    table = list(csv.DictReader(io.StringIO((await ctl("audit", "export", "--format", "csv")).stdout)))
    assert [row["seq"] for row in table] == ["1", "2", "3", "4"]
    assert json.loads(table[0]["after"])["値"] == 1
    assert [kept.action for kept in spooled(home.home)] == ["audit.export"] * 2


async def test_verify_says_what_is_wrong_what_to_do_and_leaves_with_1(
    home: Settings, engine: AsyncEngine, cluster: Cluster
) -> None:
    await fill(home, engine)
    done = await ctl("audit", "verify")
    assert (done.exit_code, done.stdout) == (0, "sound: 4 entries; signed heads vouch for the first 0\n")
    assert "no signed head" in done.stderr
    owner = cluster.engine()
    await forge(owner, "DELETE FROM audit_entries WHERE seq = 2")
    await owner.dispose()
    done = await ctl("audit", "verify")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "entry 2 is missing" in done.stderr
    assert "Do not repair it" in done.stderr
    told = json.loads((await ctl("audit", "verify", "--json")).stdout)
    assert (told["sound"], told["fault"], told["seq"], told["rows"]) == (False, "taken_out", 2, 1)


async def test_without_postgres_questions_leave_with_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    monkeypatch.setenv("CTL_POSTGRES_PORT", "1")
    done = await ctl("audit", "verify")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "does not answer" in done.stderr


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shell that somebody opened from elsewhere; no Postgres."""
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    monkeypatch.setenv("CTL_POSTGRES_PORT", "1")
    monkeypatch.setenv("SUDO_USER", "taro")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.9 50000 192.0.2.1 22")
    return tmp_path


async def test_command_leaves_an_entry_also_without_postgres(shell: Path) -> None:
    board = Switchboard(shell)
    board.engine.floor = Driver().floor
    async with board.live.listening(board.settings.command_socket):
        assert (await ctl("operator", "2001", "not-ready", "break")).exit_code == 0
    (kept,) = spooled(shell)
    assert (kept.who, kept.where, kept.action, kept.subject) == (
        "shell:taro",
        "192.0.2.9",
        "operator.not_ready",
        "2001",
    )
    assert kept.outcome == "done"
    assert json.loads(kept.after or "") == {"extension": "2001", "argument": "break"}


async def test_command_that_is_not_carried_out_leaves_an_entry_that_says_so(shell: Path) -> None:
    switch = ("mode", "switch", "typhoon", "--requested-by", "課", "--approved-by", "長", "--reason", "台風")
    assert (await ctl(*switch)).exit_code == 1
    (kept,) = spooled(shell)
    assert (kept.action, kept.subject, kept.outcome, kept.reason) == ("mode.switch", "typhoon", "failed", "台風")


async def test_disk_that_takes_nothing_stops_nobody(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shell / "audit").write_text("a file where the folder should be", encoding="utf-8")

    def change() -> None:
        with auditing.noted("mode.switch", "typhoon"):
            pass

    await asyncio.to_thread(change)
    assert "could not be written to the audit trail" in capsys.readouterr().err
