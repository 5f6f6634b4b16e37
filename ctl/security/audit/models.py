"""The table. Triggers refuse every change of what is in it, whoever asks; the program's role is not even allowed to."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ctl.database.base import Base, Instant


class AuditEntry(Base):
    __tablename__ = "audit_entries"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str]
    at: Mapped[Instant]
    who: Mapped[str]
    place: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    outcome: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    reason: Mapped[str | None]
    previous: Mapped[str]
    hash: Mapped[str]

    __table_args__ = (
        Index(None, "id", unique=True),
        Index(None, "at"),
        Index(None, "who", "at"),
        Index(None, "action", "at"),
    )
