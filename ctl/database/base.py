"""What all tables share: the metadata, and instants with the precision of our own (milliseconds, UTC)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, mapped_column

from ctl.switchboard.ids import Millis

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

Instant = Annotated[datetime, mapped_column(TIMESTAMP(timezone=True, precision=3))]
"""``timestamptz(3)``: always UTC, to the millisecond."""


class Base(DeclarativeBase):
    """Text without limit and whole numbers of 64 bits: whatever a fact can hold fits."""

    type_annotation_map: ClassVar = {str: Text, int: BigInteger}
    metadata = MetaData(
        naming_convention={"pk": "%(table_name)s_pkey", "ix": "%(table_name)s_%(column_0_N_name)s_idx"},
    )


def instant(at: Millis) -> datetime:
    """Milliseconds since the epoch as a datetime, exactly (no floats on the way)."""
    return EPOCH + at * MILLISECOND


def millis(at: datetime) -> Millis:
    """The other way round."""
    return (at - EPOCH) // MILLISECOND
