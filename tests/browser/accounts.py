"""Accounts for the screens that show them: some people, known without a database. Nobody of them can sign in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from ctl.secrets import Secrets
from ctl.security.accounts import Accounts, Person, PersonQuery
from ctl.security.credentials import Credentials
from ctl.security.door import Door
from ctl.security.failures import Failures
from ctl.security.kept import KeptSessions
from ctl.security.memory import MemorySessions
from ctl.security.policy import Role
from ctl.security.secondfactor import Locker

BEGAN = datetime(2026, 4, 1, tzinfo=UTC)
HANAKO = 7
"""The account that `Site.signed_in` uses."""


def _person(account: int, login: str, name: str, *roles: Role, **more: object) -> Person:
    known: dict[str, object] = {
        "extension": None,
        "groups": None,
        "has_password": True,
        "second_factor": False,
        "recovery_left": 0,
        "disabled_at": None,
        "signed_in_at": BEGAN + timedelta(days=account, minutes=37 * account),
    }
    return Person(account, login, name, frozenset(roles), created_at=BEGAN, **(known | more))  # type: ignore[arg-type]


PEOPLE = (
    _person(
        HANAKO,
        "hanako",
        "豊島 花子",
        Role.ADMIN,
        Role.SUPERVISOR,
        extension="2060",
        second_factor=True,
        recovery_left=8,
    ),
    _person(8, "taro", "池袋 太郎", Role.OPERATOR, extension="2002", groups=frozenset({"civil"})),
    _person(9, "sakura", "目白 さくら", Role.LEADER, Role.QA, extension="2003", groups=frozenset({"tax"})),
    _person(10, "kenichi", "駒込 健一", Role.WARD, has_password=False, signed_in_at=None),
    _person(11, "yumi", "大塚 由美", Role.MANAGER, disabled_at=BEGAN + timedelta(days=30)),
)


class PaperAccounts:
    """What the screens ask of `Accounts`."""

    async def by_id(self, account: int) -> Person | None:
        return next((one for one in PEOPLE if one.id == account), None)

    async def people(self, wanted: PersonQuery) -> tuple[Sequence[Person], int]:
        return PEOPLE, len(PEOPLE)


def paper_door(home: Path) -> Door:
    nothing = object()
    return Door(
        cast(Accounts, PaperAccounts()),
        cast(Credentials, nothing),
        cast(Failures, nothing),
        cast(KeptSessions, MemorySessions()),
        Locker.of(Secrets(home / "secrets.json")),
        frozenset({Role.SUPERVISOR}),
    )
