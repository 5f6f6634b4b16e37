"""Overflow by expected wait, and into the offer of a call-back"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("queue_overflows", sa.Column("to_callback", sa.Boolean(), nullable=True))
    op.add_column("queue_overflows", sa.Column("expected_ms", sa.BigInteger(), nullable=True))
