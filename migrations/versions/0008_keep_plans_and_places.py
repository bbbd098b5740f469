"""Indexes that a kept plan cannot mistake for another, and a place before the others for what is tried again."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # What stands in a line is in the one index, what was rung in the other: no plan can take the wrong one.
    op.execute("""
    DROP INDEX operations_in_line, operations_to_ring, operations_rerun_of_idx;
    CREATE INDEX operations_in_line ON operations (coalesce(blocked_by, queue), project_id, (attempt = 0), run_at)
        WHERE status = 'pending' AND rung_at IS NULL;
    CREATE INDEX operations_to_ring ON operations (ring_at) WHERE status = 'pending' AND rung_at IS NOT NULL;
    CREATE INDEX operations_rerun_of_idx ON operations (rerun_of) WHERE rerun_of IS NOT NULL;
    """)


def downgrade() -> None:
    op.execute("""
    DROP INDEX operations_in_line, operations_to_ring, operations_rerun_of_idx;
    CREATE INDEX operations_rerun_of_idx ON operations (rerun_of);
    CREATE INDEX operations_to_ring ON operations (ring_at) WHERE status = 'pending';
    CREATE INDEX operations_in_line ON operations (coalesce(blocked_by, queue), project_id, run_at)
        WHERE status = 'pending' AND rung_at IS NULL;
    """)
