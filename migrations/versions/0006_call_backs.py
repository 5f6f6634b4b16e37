"""Call-backs instead of waiting, and the vault of their numbers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("place", INSTANT, nullable=True),
        sa.Column("requested_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("callbacks_pkey")),
    )
    op.create_index(op.f("callbacks_origin_idx"), "callbacks", ["origin"], unique=False)
    op.create_index(op.f("callbacks_requested_at_idx"), "callbacks", ["requested_at"], unique=False)
    op.create_table(
        "callback_attempts",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("callback_attempts_pkey")),
    )
    op.create_table(
        "callback_numbers",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("forget_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("callback_numbers_pkey")),
    )
    op.create_index(op.f("callback_numbers_forget_at_idx"), "callback_numbers", ["forget_at"], unique=False)
