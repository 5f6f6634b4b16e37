"""Modes, short messages, and calls sent to a second site"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.add_column("calls", sa.Column("mode", sa.Text(), nullable=True))
    op.create_table(
        "mode_switches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("permitted_by", sa.Text(), nullable=True),
        sa.Column("permitted_at", INSTANT, nullable=True),
        sa.Column("permitted_until", INSTANT, nullable=True),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("began_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("end_by", sa.Text(), nullable=True),
        sa.Column("end_requested_by", sa.Text(), nullable=True),
        sa.Column("end_approved_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("mode_switches_pkey")),
    )
    op.create_index(op.f("mode_switches_asked_at_idx"), "mode_switches", ["asked_at"], unique=False)
    op.create_index(op.f("mode_switches_began_at_idx"), "mode_switches", ["began_at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("media", sa.Text(), nullable=True),
        sa.Column("numbers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("began_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("end_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("notices_pkey")),
    )
    op.create_index(op.f("notices_began_at_idx"), "notices", ["began_at"], unique=False)
    op.create_table(
        "notices_heard",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("notices_heard_pkey")),
    )
    op.create_index(op.f("notices_heard_notice_idx"), "notices_heard", ["notice"], unique=False)
    op.create_table(
        "call_forwardings",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("permitted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("call_forwardings_pkey")),
    )
    op.create_index(op.f("call_forwardings_at_idx"), "call_forwardings", ["at"], unique=False)
