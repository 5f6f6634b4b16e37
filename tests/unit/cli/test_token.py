"""`ctl token`: made, shown once, listed, revoked; each of it in the audit trail, never the token."""

import json
from pathlib import Path

import pytest

from ctl.cli import token  # noqa: F401 - so that its commands are there
from ctl.security.audit.spool import Spool
from ctl.settings import Settings
from tests.unit.cli.running import ctl


async def test_made_listed_and_revoked(home: Path) -> None:
    assert (await ctl("token", "list")).stdout == "there is no token\n"
    made = await ctl("token", "create", "monitoring", "--scope", "see_metrics", "--scope", "see_calls", "--days", "30")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("ctl_")
    (row,) = json.loads((await ctl("token", "list", "--json")).stdout)
    assert (row["name"], row["state"], row["scopes"]) == ("monitoring", "holds", ["see_calls", "see_metrics"])
    assert "never used" in (await ctl("token", "list")).stdout
    assert (await ctl("token", "revoke", "monitoring")).stdout == "revoked\n"
    assert (await ctl("token", "revoke", "monitoring")).exit_code == 2
    (row,) = json.loads((await ctl("token", "list", "--json")).stdout)
    assert row["state"] == "revoked"
    spool = Spool.of(Settings(home=home))
    noted = list(spool.read(spool.waiting()))
    assert [(one.action, one.outcome) for one in noted] == [
        ("token.create", "done"),
        ("token.revoke", "done"),
        ("token.revoke", "refused"),
    ]
    assert made.stdout.strip() not in str(noted)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("x y", "--scope", "see_calls"), "name"),
        (("monitoring", "--scope", "manage_accounts"), "--scope manage_accounts: allowed: see_floor"),
        (("monitoring", "--scope", "see_calls", "--days", "1000"), "--days"),
        (("monitoring",), "--scope"),
    ],
)
async def test_bad_input_names_what_is_allowed(home: Path, arguments: tuple[str, ...], named: str) -> None:
    done = await ctl("token", "create", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert named in done.stderr
    assert (await ctl("token", "list")).stdout == "there is no token\n"
