"""Tokens with which programs sign in"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

INSTANT = postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.create_table(
        "machine_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("used_from", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("machine_tokens_pkey")),
    )
    op.create_index(op.f("machine_tokens_name_idx"), "machine_tokens", ["name"], unique=True)
    op.create_index(op.f("machine_tokens_hash_idx"), "machine_tokens", ["hash"], unique=True)
