"""The records of the call centre"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("called", sa.Text(), nullable=True),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("menu", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("calls_pkey")),
    )
    op.create_index(op.f("calls_called_started_at_idx"), "calls", ["called", "started_at"], unique=False)
    op.create_index(op.f("calls_ended_at_idx"), "calls", ["ended_at"], unique=False)
    op.create_index(op.f("calls_operator_started_at_idx"), "calls", ["operator", "started_at"], unique=False)
    op.create_index(op.f("calls_outcome_started_at_idx"), "calls", ["outcome", "started_at"], unique=False)
    op.create_index(op.f("calls_queue_started_at_idx"), "calls", ["queue", "started_at"], unique=False)
    op.create_index(op.f("calls_started_at_idx"), "calls", ["started_at"], unique=False)
    op.create_table(
        "commands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("do", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("argument", sa.Text(), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("commands_pkey")),
    )
    op.create_index(op.f("commands_at_idx"), "commands", ["at"], unique=False)
    op.create_index(op.f("commands_call_idx"), "commands", ["call"], unique=False)
    op.create_table(
        "facts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("facts_pkey")),
    )
    op.create_index(op.f("facts_call_at_seq_idx"), "facts", ["call", "at", "seq"], unique=False)
    op.create_table(
        "handoffs",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("direct", sa.Boolean(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("handoffs_pkey")),
    )
    op.create_index(op.f("handoffs_department_started_at_idx"), "handoffs", ["department", "started_at"], unique=False)
    op.create_table(
        "ivr_steps",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flow", sa.Text(), nullable=True),
        sa.Column("flow_version", sa.Text(), nullable=True),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("menu", sa.Text(), nullable=True),
        sa.Column("entered_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("left_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("ivr_steps_pkey")),
    )
    op.create_index(op.f("ivr_steps_entered_at_idx"), "ivr_steps", ["entered_at"], unique=False)
    op.create_table(
        "legs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("outside", sa.Boolean(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("code", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("legs_pkey")),
    )
    op.create_index(op.f("legs_call_idx"), "legs", ["call"], unique=False)
    op.create_index(op.f("legs_started_at_idx"), "legs", ["started_at"], unique=False)
    op.create_table(
        "offers",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("offered_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("waited_ms", sa.BigInteger(), nullable=True),
        sa.Column("candidates", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("unfit", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("offers_pkey")),
    )
    op.create_index(op.f("offers_operator_offered_at_idx"), "offers", ["operator", "offered_at"], unique=False)
    op.create_table(
        "operator_states",
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("extension", "since", "n", name=op.f("operator_states_pkey")),
    )
    op.create_index(op.f("operator_states_call_idx"), "operator_states", ["call"], unique=False)
    op.create_index(op.f("operator_states_since_idx"), "operator_states", ["since"], unique=False)
    op.create_table(
        "phones",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("endpoint", "at", name=op.f("phones_pkey")),
    )
    op.create_table(
        "queue_entries",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entered_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("menu", sa.Text(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=True),
        sa.Column("ahead", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("queue_entries_pkey")),
    )
    op.create_index(op.f("queue_entries_queue_entered_at_idx"), "queue_entries", ["queue", "entered_at"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("segment", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("lost_ms", sa.BigInteger(), nullable=False),
        sa.Column("gap_ms", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("indexed_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.PrimaryKeyConstraint("call", "segment", name=op.f("recordings_pkey")),
    )
    op.create_index(op.f("recordings_operator_started_at_idx"), "recordings", ["operator", "started_at"], unique=False)
    op.create_index(op.f("recordings_started_at_idx"), "recordings", ["started_at"], unique=False)
    op.create_table(
        "segments",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("segments_pkey")),
    )
    op.create_table(
        "shipments",
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=False),
        sa.PrimaryKeyConstraint("journal", name=op.f("shipments_pkey")),
    )
