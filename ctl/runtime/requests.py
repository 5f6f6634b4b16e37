"""What may be asked over the live socket, checked at the border."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ctl.runtime.reports import HAPPENED, STANDING
from ctl.runtime.wishes import CentreWish
from ctl.switchboard.events import AlarmFound, AlarmKind, Commanded, Do
from ctl.switchboard.ids import CallId, CommandId, Extension, GroupName

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Argument = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

OPERATOR_WISHES = frozenset(
    {
        Do.LOGIN,
        Do.LOGOUT,
        Do.READY,
        Do.NOT_READY,
        Do.WRAP_UP_DONE,
        Do.RECORD_SAVED,
        Do.PICK_UP,
    }
)
"""Wishes that are about an operator; all others may be asked of a call too."""
FOR_SUPERVISORS = frozenset({Do.LISTEN, Do.WHISPER, Do.BARGE, Do.TAKE_OVER, Do.STOP_SUPERVISION})
"""Wishes that nobody but a supervisor can have: a telephone of his is needed."""
NEEDS_REASON = FOR_SUPERVISORS - {Do.STOP_SUPERVISION}
NO_OBJECT_NEEDED = frozenset({Do.STOP_SUPERVISION, Do.TEXT, Do.ALARM_SEEN})
OF_CALLERS = frozenset({Do.MOVE, Do.PRIORITY, Do.PULL})
NEEDS_ARGUMENT = {
    Do.NOT_READY: "the reason, as named in the plan",
    Do.RECORD_SAVED: "the call whose record it is",
    Do.CONSULT: "the department's code",
    Do.TRANSFER: "the department's code",
    Do.MOVE: "the queue",
    Do.PRIORITY: "1 (served first) to 9",
    Do.PULL: "the extension of the operator",
    Do.TEXT: "the text",
    Do.PICK_UP: "the extension at which the caller is ringing",
    Do.ALARM_SEEN: "the alarm, as `ctl alarm list` calls it",
}


class BadRequest(Exception):
    """Says which field is wrong, and what is allowed."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wish(Strict):
    """A command to the switchboard. ``supervisor``: the extension on whose authority; every such wish has a reason."""

    do: Do
    by: Name
    extension: Name | None = None
    call: Name | None = None
    argument: Argument | None = None
    supervisor: Name | None = None
    reason: Name | None = None
    follow: bool = False
    group: Name | None = None

    @model_validator(mode="after")
    def _names_one_object(self) -> "Wish":
        if self.group is not None and self.do is not Do.TEXT:
            raise ValueError(f"group belongs to {Do.TEXT}, not to {self.do}")
        named = [self.extension, self.call, self.group].count(None)
        if named < 2 or (named > 2 and self.do not in NO_OBJECT_NEEDED):
            raise ValueError("name exactly one of extension (an operator) and call")
        if self.call is not None and self.do in OPERATOR_WISHES:
            raise ValueError(f"{self.do} is asked of an operator: name the extension, not a call")
        if self.extension is not None and self.do in OF_CALLERS:
            raise ValueError(f"{self.do} is asked of a caller who waits: name the call")
        if self.supervisor is None and self.do in FOR_SUPERVISORS:
            raise ValueError(f"{self.do} needs supervisor: the extension whose telephone is to be connected")
        by_right = self.supervisor is not None and self.do not in NO_OBJECT_NEEDED
        if self.reason is None and (by_right or self.do in NEEDS_REASON | OF_CALLERS):
            raise ValueError(f"{self.do} needs reason: why, in a few words, for the record")
        if self.follow and self.do not in FOR_SUPERVISORS:
            raise ValueError(f"follow belongs to supervision, not to {self.do}")
        if self.do in NEEDS_ARGUMENT and self.argument is None:
            raise ValueError(f"{self.do} needs argument: {NEEDS_ARGUMENT[self.do]}")
        return self

    def commanded(self, command: str) -> Commanded:
        """The event that this wish becomes, under the name ``command``."""
        return Commanded(
            command=CommandId(command),
            do=self.do,
            by=self.by,
            extension=Extension(self.extension) if self.extension is not None else None,
            call=CallId(self.call) if self.call is not None else None,
            argument=self.argument,
            supervisor=Extension(self.supervisor) if self.supervisor is not None else None,
            reason=self.reason,
            follow=self.follow,
            group=GroupName(self.group) if self.group is not None else None,
        )


class Finding(Strict):
    """Something that somebody should look at. ``about``: which one, such as an address or a disk."""

    kind: AlarmKind
    about: Name | None = None
    what: Annotated[str, StringConstraints(min_length=1, max_length=300)]

    def found(self) -> AlarmFound:
        return AlarmFound(self.kind, self.about, self.what)


class Report(Strict):
    """What ``source`` finds now (``standing``, believed for ``for_s``), and what has happened since its last report."""

    source: Name
    standing: list[Finding] = Field([], max_length=100)
    happened: list[Finding] = Field([], max_length=100)
    for_s: int = Field(60, ge=1, le=3600)

    @model_validator(mode="after")
    def _of_their_kinds(self) -> "Report":
        for name, findings, kinds in (("standing", self.standing, STANDING), ("happened", self.happened, HAPPENED)):
            if wrong := {one.kind for one in findings} - kinds:
                raise ValueError(f"{name}: {', '.join(sorted(wrong))}; allowed: {', '.join(sorted(kinds))}")
        return self


class Request(Strict):
    """One line: exactly one of these."""

    floor: Literal[True] | None = Field(None, description="the floor as it is now")
    watch: Literal[True] | None = Field(None, description="a snapshot, then numbered changes")
    health: Literal[True] | None = Field(None, description="figures of the switchboard")
    adopt: Literal[True] | None = Field(None, description="take the current generation's flows into force")
    command: Wish | None = None
    report: Report | None = Field(None, description="what another part of the centre has found")
    centre: CentreWish | None = Field(None, description="a wish for the whole centre: a mode, a short message")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "Request":
        if len(self.model_fields_set) != 1 or all(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError(f"ask exactly one of {', '.join(type(self).model_fields)}")
        return self


def parse(line: bytes) -> Request:
    """Read one request. Raises `BadRequest` with every fault found."""
    try:
        return Request.model_validate_json(line)
    except ValidationError as error:
        raise BadRequest("; ".join(_sentence(detail["loc"], detail["msg"]) for detail in error.errors())) from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in where)
    said = message.removeprefix("Value error, ")
    return f"{field}: {said}" if field else said
