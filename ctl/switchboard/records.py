"""Changed copies of the floor's records.

A decision makes some twenty of them while a citizen waits for a telephone to ring. `dataclasses.replace` checks and
builds anew what is only copied here, and takes twice the time; its types are kept, so that a wrong field is found
before anything runs.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - mypy takes it as exported only so
else:
    from dataclasses import fields
    from operator import attrgetter

    def replace(record: Any, /, **changes: Any) -> Any:
        """A copy of a frozen dataclass with slots, with some fields changed. KeyError for a field it does not have."""
        kind = type(record)
        read, writers = _slots(kind)
        copy = object.__new__(kind)
        for write, value in zip(writers.values(), read(record), strict=True):
            write(copy, value)
        for name, value in changes.items():
            writers[name](copy, value)
        return copy

    @cache
    def _slots(kind: type) -> tuple[Any, dict[str, Any]]:
        names = [field.name for field in fields(kind)]
        assert len(names) > 1, "attrgetter gives no tuple for a single field"
        return attrgetter(*names), {name: getattr(kind, name).__set__ for name in names}
