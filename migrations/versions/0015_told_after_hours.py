"""Callers who waited when the hours ended, and were told that they are served all the same"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("wait_announcements", sa.Column("after_hours", sa.Boolean(), nullable=True))
