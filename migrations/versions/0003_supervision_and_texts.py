"""Who supervised whom and why, and the texts that operators were sent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)
NEW_COLUMNS = (
    ("commands", "supervisor"),
    ("commands", "reason"),
    ("queue_entries", "moved_by"),
    ("offers", "pulled_by"),
)


def upgrade() -> None:
    for table, column in NEW_COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
    op.create_table(
        "supervisions",
        sa.Column("supervision", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("follow", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("supervision", "n", name=op.f("supervisions_pkey")),
    )
    op.create_index(op.f("supervisions_call_idx"), "supervisions", ["call"], unique=False)
    for who in ("supervisor", "operator"):
        op.create_index(op.f(f"supervisions_{who}_started_at_idx"), "supervisions", [who, "started_at"], unique=False)
    op.create_table(
        "texts",
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.Column("to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("command", name=op.f("texts_pkey")),
    )
    op.create_index(op.f("texts_at_idx"), "texts", ["at"], unique=False)
