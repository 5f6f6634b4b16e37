"""What holds for the whole centre beside its plan: the mode in force, those planned, short messages, alarms.

Values only; `modes`, `notices`, `outside` and `alarms` move them on.
"""

from dataclasses import dataclass

from ctl.switchboard.events import AlarmKind, Permission
from ctl.switchboard.ids import AlarmId, Extension, Media, Millis, ModeName, NoticeId, Number, SwitchId


@dataclass(frozen=True, slots=True)
class Switch:
    """A mode somebody asked for. It may hold from ``from_at`` to ``until_at`` (None: until it is taken back)."""

    id: SwitchId
    mode: ModeName
    requested_by: str
    approved_by: str
    reason: str
    from_at: Millis
    until_at: Millis | None = None
    permission: Permission | None = None
    due: bool = False
    """Its time has come. Of several the one asked for last is in force."""
    began_at: Millis | None = None
    """Since when it is in force; None while it is planned, or stands back behind another."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A short message. ``n`` counts them for ever: a caller has heard all up to a number. ``numbers`` empty: all."""

    id: NoticeId
    n: int
    text: str
    media: Media
    numbers: frozenset[Number]
    began_at: Millis
    until_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody should look at, from its raise on. ``about``: a queue or an operator, None for the centre.

    ``what``: for people. ``count``: how often it has happened since. ``seen_by``: who said first that he looks after it.
    """

    id: AlarmId
    kind: AlarmKind
    about: str | None
    what: str
    since: Millis
    count: int = 1
    seen_by: str | None = None
    seen_at: Millis | None = None

    @property
    def name(self) -> str:
        """What people call it: there is one of a kind about one thing."""
        return str(self.kind) if self.about is None else f"{self.kind}:{self.about}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """``switches``: in the order in which they were asked for; at most one of them is in force.

    ``notices``: those that callers hear now, oldest first. ``noticed``: how many there have ever been.
    """

    switches: tuple[Switch, ...] = ()
    notices: tuple[Notice, ...] = ()
    noticed: int = 0
    nobody_since: Millis | None = None
    """Since when nobody has been logged in with a telephone that works; None while somebody is."""
    deserted: bool = False
    """It has lasted as long as the plan's refuge asks."""
    calls_out: tuple[tuple[Extension, Millis], ...] = ()
    """Operators' own calls outside within the last hour, oldest first: the caps are counted from them."""
    alarms: tuple[Alarm, ...] = ()
    alarmed: int = 0
    """How many there have been."""

    @property
    def in_force(self) -> Switch | None:
        """None: the normal mode."""
        return next((switch for switch in self.switches if switch.began_at is not None), None)

    @property
    def mode(self) -> ModeName | None:
        """The mode in force; None: the normal one."""
        switch = self.in_force
        return switch.mode if switch is not None else None

    def version(self, plan: str | None) -> str | None:
        """What the plan of this version is called in the mode in force (`modes.under`)."""
        mode = self.mode if self.switches else None
        return plan if mode is None or plan is None else f"{plan}+{mode}"
