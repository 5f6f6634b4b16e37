"""Wishes for the whole centre as they come over the live socket: modes and short messages, checked at the border."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from ctl.switchboard.events import ModeAsked, NormalAsked, NoticeAsked, NoticeStopAsked, Permission
from ctl.switchboard.ids import CommandId, Media, Millis, ModeName, NoticeId, Number, SwitchId

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Words


class PermissionGiven(BaseModel):
    """The ward's leave to work degraded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Words
    at: AwareDatetime
    until: AwareDatetime


class ModeWish(_Wish):
    """Another mode, at once or for later."""

    do: Literal["mode"]
    mode: Words
    requested_by: Words
    approved_by: Words
    reason: Words
    from_at: AwareDatetime | None = None
    until_at: AwareDatetime | None = None
    permission: PermissionGiven | None = None

    def commanded(self, command: str) -> ModeAsked:
        leave = self.permission
        return ModeAsked(
            CommandId(command),
            self.by,
            ModeName(self.mode),
            self.requested_by,
            self.approved_by,
            self.reason,
            _millis(self.from_at),
            _millis(self.until_at),
            Permission(leave.by, _instant(leave.at), _instant(leave.until)) if leave is not None else None,
        )


class BackWish(_Wish):
    """The normal mode; or, with ``switch``, that a planned one does not come."""

    do: Literal["mode_back"]
    requested_by: Words
    approved_by: Words
    reason: Words
    switch: Words | None = None

    def commanded(self, command: str) -> NormalAsked:
        switch = SwitchId(self.switch) if self.switch is not None else None
        return NormalAsked(CommandId(command), self.by, self.requested_by, self.approved_by, self.reason, switch)


class NoticeWish(_Wish):
    """A short message to callers, whose sound lies with the announcements already."""

    do: Literal["announce"]
    text: Words
    media: Annotated[str, Field(pattern=r"^sound:ctl/[0-9a-f]{24}$")]
    numbers: tuple[Annotated[str, Field(pattern=r"^0[0-9]{9,10}$")], ...] = ()
    until_at: AwareDatetime | None = None

    def commanded(self, command: str) -> NoticeAsked:
        numbers = tuple(Number(number) for number in self.numbers)
        return NoticeAsked(CommandId(command), self.by, self.text, Media(self.media), numbers, _millis(self.until_at))


class NoticeStopWish(_Wish):
    """A short message, or all of them, have done their work."""

    do: Literal["announce_stop"]
    notice: Words | None = None

    def commanded(self, command: str) -> NoticeStopAsked:
        return NoticeStopAsked(CommandId(command), self.by, NoticeId(self.notice) if self.notice is not None else None)


CentreWish = Annotated[ModeWish | BackWish | NoticeWish | NoticeStopWish, Field(discriminator="do")]


def _instant(at: datetime) -> Millis:
    return int(at.timestamp() * 1000)


def _millis(at: datetime | None) -> Millis | None:
    return None if at is None else _instant(at)
