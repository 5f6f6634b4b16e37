"""Who may do what with whose data: the one table (N-6). Pure.

A role that is not named in a row has no access. People with several roles have the widest reach that any of them
gives. Three rules stand behind the rows: settings are changed by administrators only (1.1.4); administrators of the
system and of security work without callers' numbers and recordings; ward staff read, and no numbers (R-8).
``docs/access.md`` shows this table for people.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum


class Role(StrEnum):
    OPERATOR = "operator"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    SCHEDULER = "scheduler"
    QA = "qa"
    ADMIN = "admin"
    SECURITY = "security"
    WARD = "ward"


class Action(StrEnum):
    SEE_FLOOR = "see_floor"
    SEE_WALLBOARD = "see_wallboard"
    SEE_CALLS = "see_calls"
    SEE_NUMBERS = "see_numbers"
    HEAR_RECORDINGS = "hear_recordings"
    EXPORT_CALLS = "export_calls"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "take_over"
    STEER_CALLS = "steer_calls"
    STEER_OPERATORS = "steer_operators"
    SEND_TEXTS = "send_texts"
    SEE_ALARMS = "see_alarms"
    TAKE_ALARMS = "take_alarms"
    SWITCH_MODE = "switch_mode"
    ANNOUNCE = "announce"
    SEE_SETTINGS = "see_settings"
    EDIT_SETTINGS = "edit_settings"
    ROLL_BACK = "roll_back"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_TOKENS = "manage_tokens"
    SEE_AUDIT = "see_audit"
    EXPORT_AUDIT = "export_audit"
    SEE_METRICS = "see_metrics"
    OPERATE = "operate"
    OWN_ACCOUNT = "own_account"


class Reach(IntEnum):
    """Whose data: one's own calls, those of the groups in one's charge, all. Wider is greater."""

    NONE = 0
    OWN = 1
    GROUP = 2
    ALL = 3


_OWN, _GROUP, _ALL = Reach.OWN, Reach.GROUP, Reach.ALL
_FLOOR_STAFF = {Role.LEADER: _GROUP, Role.SUPERVISOR: _ALL}
_WATCHERS = dict.fromkeys((Role.LEADER, Role.SUPERVISOR, Role.MANAGER, Role.ADMIN, Role.SECURITY), _ALL)
_ADMINISTRATORS = {Role.ADMIN: _ALL, Role.SECURITY: _ALL}

_ROWS: tuple[tuple[Action, str, Mapping[Role, Reach]], ...] = (
    (
        Action.SEE_FLOOR,
        "the floor now: operators, calls, queues, trunk",
        _FLOOR_STAFF | dict.fromkeys((Role.MANAGER, Role.SCHEDULER, Role.QA, Role.ADMIN), _ALL),
    ),
    (
        Action.SEE_WALLBOARD,
        "the big screen: counts, service level, alarms about waiting and the trunk; nobody by name",
        dict.fromkeys(set(Role) - {Role.SECURITY}, _ALL),
    ),
    (
        Action.SEE_CALLS,
        "the records of calls and their course",
        _FLOOR_STAFF | {Role.OPERATOR: _OWN} | dict.fromkeys((Role.MANAGER, Role.QA, Role.ADMIN, Role.WARD), _ALL),
    ),
    (
        Action.SEE_NUMBERS,
        "callers' telephone numbers unmasked",
        _FLOOR_STAFF | {Role.OPERATOR: _OWN, Role.MANAGER: _ALL},
    ),
    (
        Action.HEAR_RECORDINGS,
        "recordings of calls",
        _FLOOR_STAFF | {Role.OPERATOR: _OWN, Role.MANAGER: _ALL, Role.QA: _ALL},
    ),
    (
        Action.EXPORT_CALLS,
        "the records of calls as a file",
        dict.fromkeys((Role.SUPERVISOR, Role.MANAGER, Role.QA), _ALL),
    ),
    (Action.LISTEN, "listening to a running call, unheard", _FLOOR_STAFF | {Role.MANAGER: _ALL, Role.QA: _ALL}),
    (Action.WHISPER, "talking to the operator of a running call, unheard by the citizen", _FLOOR_STAFF),
    (Action.BARGE, "joining a running call", _FLOOR_STAFF),
    (Action.TAKE_OVER, "taking a running call from its operator", _FLOOR_STAFF),
    (Action.STEER_CALLS, "moving a waiting caller, giving priority, pulling", _FLOOR_STAFF),
    (Action.STEER_OPERATORS, "changing another's state, logging another out", _FLOOR_STAFF),
    (Action.SEND_TEXTS, "short texts to operators", _FLOOR_STAFF | {Role.MANAGER: _ALL}),
    (Action.SEE_ALARMS, "alarms", _WATCHERS),
    (Action.TAKE_ALARMS, "saying that one looks after an alarm", _WATCHERS),
    (Action.SWITCH_MODE, "switching the mode of the centre", {Role.SUPERVISOR: _ALL, Role.MANAGER: _ALL}),
    (Action.ANNOUNCE, "a short message to every caller", {Role.SUPERVISOR: _ALL, Role.MANAGER: _ALL}),
    (
        Action.SEE_SETTINGS,
        "the settings and their history",
        dict.fromkeys((Role.SUPERVISOR, Role.MANAGER, Role.ADMIN, Role.SECURITY), _ALL),
    ),
    (Action.EDIT_SETTINGS, "changing settings", {Role.ADMIN: _ALL}),
    (Action.ROLL_BACK, "bringing back an earlier generation of the settings", {Role.ADMIN: _ALL}),
    (Action.MANAGE_ACCOUNTS, "accounts, their roles, their sessions", _ADMINISTRATORS),
    (Action.MANAGE_TOKENS, "tokens with which machines sign in", _ADMINISTRATORS),
    (Action.SEE_AUDIT, "who did what, when, from where", _ADMINISTRATORS | {Role.MANAGER: _ALL}),
    (Action.EXPORT_AUDIT, "the same as a file", {Role.SECURITY: _ALL, Role.MANAGER: _ALL}),
    (Action.SEE_METRICS, "figures for monitoring", dict.fromkeys((Role.MANAGER, Role.ADMIN, Role.SECURITY), _ALL)),
    (
        Action.OPERATE,
        "one's own state as an operator: log in and out, ready, not ready",
        dict.fromkeys((Role.OPERATOR, Role.LEADER, Role.SUPERVISOR), _OWN),
    ),
    (Action.OWN_ACCOUNT, "one's own password, second factor and sessions", dict.fromkeys(Role, _OWN)),
)

TABLE: Mapping[Action, Mapping[Role, Reach]] = {action: row for action, _, row in _ROWS}
MEANING: Mapping[Action, str] = {action: meaning for action, meaning, _ in _ROWS}


def reach(roles: Iterable[Role], action: Action) -> Reach:
    """The widest reach that any of the roles gives."""
    row = TABLE[action]
    return max((row.get(role, Reach.NONE) for role in roles), default=Reach.NONE)


class UnknownRole(ValueError):
    """The sentence says which roles there are."""


def roles_named(words: str) -> frozenset[Role]:
    """Roles from ``admin,security``. Raises `UnknownRole`."""
    given = [word.strip() for word in words.split(",") if word.strip()]
    if unknown := [word for word in given if word not in set(Role)]:
        raise UnknownRole(f"there is no role {unknown[0]!r}; roles are: {', '.join(Role)}")
    return frozenset(Role(word) for word in given)
