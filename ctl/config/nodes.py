"""A flow file: the nodes that a caller is walked through, one YAML file in ``flows/`` per flow."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from ctl.config.fields import Code, DialKey, Label, Name, Names, Seconds


class Shape(BaseModel):
    """Everything that is read from a file: no key beside those named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlayNode(Shape):
    """Says something and goes on."""

    kind: Literal["play"]
    say: Annotated[Names, Field(min_length=1)]
    next: Name


class ChoiceShape(Shape):
    """Where a key leads, and which business menu the caller thereby chose."""

    next: Name
    menu: Label | None = None


class MenuNode(Shape):
    """Says something and takes one key; after the last attempt the caller goes to ``fallback``."""

    kind: Literal["menu"]
    say: Annotated[Names, Field(min_length=1)]
    choices: Annotated[dict[DialKey, ChoiceShape], Field(min_length=1)]
    fallback: Name
    timeout_seconds: Seconds = 5
    attempts: Annotated[int, Field(ge=1, le=9)] = 3
    barge_in: bool = True
    on_timeout: Names = ()
    on_invalid: Names = ()


class HoursNode(Shape):
    """Goes to ``open`` while the named hours of the calendar are open, else to ``closed``."""

    kind: Literal["hours"]
    hours: Name
    open: Name
    closed: Name


class QueueNode(Shape):
    """Puts the caller into a queue; ``menu`` holds if no key has chosen one."""

    kind: Literal["queue"]
    queue: Name
    menu: Label | None = None


class DepartmentNode(Shape):
    """Connects the caller to a department without an operator; to ``otherwise`` when nobody answers."""

    kind: Literal["department"]
    department: Code
    otherwise: Name


class CloseNode(Shape):
    """Says a closing message and hangs up."""

    kind: Literal["close"]
    say: Annotated[Names, Field(min_length=1)]


class HangUpNode(Shape):
    """Hangs up."""

    kind: Literal["hang_up"]


KINDS = ("play", "menu", "hours", "queue", "department", "close", "hang_up")
TAG = "kind="
"""Marks the branch of the union in pydantic's locations, so that it is never taken for a key."""


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)
    return f"{TAG}{kind}" if kind in KINDS else None


NodeShape = Annotated[
    Annotated[PlayNode, Tag("kind=play")]
    | Annotated[MenuNode, Tag("kind=menu")]
    | Annotated[HoursNode, Tag("kind=hours")]
    | Annotated[QueueNode, Tag("kind=queue")]
    | Annotated[DepartmentNode, Tag("kind=department")]
    | Annotated[CloseNode, Tag("kind=close")]
    | Annotated[HangUpNode, Tag("kind=hang_up")],
    Discriminator(
        _kind,
        custom_error_type="kind",
        custom_error_message=f"the key 'kind' must say what the node does; allowed: {', '.join(KINDS)}",
    ),
]


class FlowFile(Shape):
    """``flows/NAME.yaml``: the flow called NAME."""

    label: Label
    start: Name
    nodes: Annotated[dict[Name, NodeShape], Field(min_length=1)]
