"""Numbers outside that were not dialled"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.create_table(
        "outside_refusals",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("outside_refusals_pkey")),
    )
    op.create_index(op.f("outside_refusals_at_idx"), "outside_refusals", ["at"], unique=False)
    op.create_index(op.f("outside_refusals_extension_at_idx"), "outside_refusals", ["extension", "at"], unique=False)
