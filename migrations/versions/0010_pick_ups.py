"""From whom a colleague picked a call up, and at which telephone operators sit"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.add_column("offers", sa.Column("picked_up_from", sa.Text(), nullable=True))
    op.create_table(
        "seats",
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("extension", "n", "at", name=op.f("seats_pkey")),
    )
