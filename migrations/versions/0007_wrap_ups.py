"""What ended each wrap-up, and how operators came to be not ready"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.add_column("operator_states", sa.Column("kind", sa.Text(), nullable=True))
    op.create_table(
        "wrap_ups",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("call", "extension", "n", name=op.f("wrap_ups_pkey")),
    )
    op.create_index(op.f("wrap_ups_extension_started_at_idx"), "wrap_ups", ["extension", "started_at"], unique=False)
