"""What callers who waited were told of their wait"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.create_table(
        "wait_announcements",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("expected_wait_s", sa.BigInteger(), nullable=True),
        sa.Column("surge", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("wait_announcements_pkey")),
    )
    op.create_index(op.f("wait_announcements_queue_at_idx"), "wait_announcements", ["queue", "at"], unique=False)
