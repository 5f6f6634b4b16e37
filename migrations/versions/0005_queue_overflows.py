"""Overflow of queues, places kept for callers who call again, and preferred operators"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.add_column("queue_entries", sa.Column("kept_from", sa.Text(), nullable=True))
    op.add_column("offers", sa.Column("preferred", sa.Boolean(), nullable=True))
    op.create_table(
        "queue_overflows",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("rule", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("waited_ms", sa.BigInteger(), nullable=True),
        sa.Column("waiting", sa.BigInteger(), nullable=True),
        sa.Column("at_work", sa.BigInteger(), nullable=True),
        sa.Column("to_queue", sa.Text(), nullable=True),
        sa.Column("to_department", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("queue_overflows_pkey")),
    )
    op.create_index(op.f("queue_overflows_queue_at_idx"), "queue_overflows", ["queue", "at"], unique=False)
