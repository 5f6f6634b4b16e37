"""``modes.yaml``: what it may contain. The file may be missing: then there is the normal mode only."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from ctl.config.fields import Label, Name, PhoneNumber
from ctl.config.files import HoursShape, QueueShape
from ctl.config.nodes import Shape


def _partial(model: type[BaseModel], name: str, doc: str) -> type[Shape]:
    """A model of the same keys, none of which must be given."""
    fields: dict[str, Any] = {
        key: (field.rebuild_annotation() | None, None) for key, field in model.model_fields.items()
    }
    return create_model(name, __base__=Shape, __doc__=doc, **fields)


QueueChange = _partial(QueueShape, "QueueChange", "What is different about a queue; keys not given stay as they are.")


class SiteShape(Shape):
    """Somewhere else where calls are answered: its numbers are tried in order, over the trunk."""

    label: Label
    numbers: Annotated[list[PhoneNumber], Field(min_length=1)]
    limit: Annotated[int, Field(ge=1, le=1000, description="calls there at once")]


class RefugeShape(Shape):
    """Callers who wait go to ``site`` when nobody has been logged in for so long; needs the ward's standing permission."""

    site: Name
    after_seconds: Annotated[float, Field(ge=0, le=3600)]
    numbers: Annotated[list[PhoneNumber], Field(default_factory=list, description="all numbers when not given")]
    permitted_by: Label
    permitted_until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="the last day, 2027-03-31")]


class NumberChange(Shape):
    """What is different about a number: another flow or queue, or all its calls go to a site."""

    flow: Name | None = None
    queue: Name | None = None
    site: Name | None = None


class ModeShape(Shape):
    """A mode: what is not named in it stays as it is. ``staffing``: who has the first skill also has these."""

    label: Label
    degraded: bool = False
    numbers: dict[PhoneNumber, NumberChange] = Field(default_factory=dict)
    hours: dict[Name, HoursShape] = Field(default_factory=dict)
    queues: dict[Name, QueueChange] = Field(default_factory=dict)  # type: ignore[valid-type]
    staffing: dict[Name, dict[Name, Annotated[int, Field(ge=1, le=9)]]] = Field(default_factory=dict)


class ModesFile(Shape):
    """``modes.yaml``: ways to work on bad days, and the sites that may take calls then."""

    sites: dict[Name, SiteShape] = Field(default_factory=dict)
    when_nobody: RefugeShape | None = None
    modes: dict[Name, ModeShape] = Field(default_factory=dict)
