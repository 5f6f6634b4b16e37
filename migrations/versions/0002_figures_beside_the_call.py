"""Figures beside the call, so that calls can be sorted by them"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FIGURES = ("wait_ms", "talk_ms", "hold_ms")


def upgrade() -> None:
    for figure in FIGURES:
        op.add_column("calls", sa.Column(figure, sa.BigInteger(), server_default="0", nullable=False))
    # As `ctl.cms.figures` defines them at this revision; a migration does not change with later programs.
    op.execute(
        """
        UPDATE calls SET wait_ms = spent.wait_ms, talk_ms = spent.talk_ms, hold_ms = spent.hold_ms
        FROM (
            SELECT call,
                coalesce(sum(lasted) FILTER (WHERE kind = 'wait' AND department IS NULL), 0) AS wait_ms,
                coalesce(sum(lasted) FILTER (WHERE kind IN ('talk', 'three_way')), 0) AS talk_ms,
                coalesce(sum(lasted) FILTER (WHERE kind = 'hold'), 0) AS hold_ms
            FROM (
                SELECT call, kind, department,
                    coalesce(round(extract(epoch FROM ended_at - started_at) * 1000), 0)::bigint AS lasted
                FROM segments
            ) AS each_segment
            GROUP BY call
        ) AS spent
        WHERE calls.id = spent.call
        """
    )
    for figure in FIGURES:
        op.create_index(op.f(f"calls_{figure}_id_idx"), "calls", [figure, "id"], unique=False)
