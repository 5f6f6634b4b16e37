"""From whom a colleague picked a call up"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("offers", sa.Column("picked_up_from", sa.Text(), nullable=True))
