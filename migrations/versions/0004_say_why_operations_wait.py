"""Why an operation waits: limits, the line that it stands in, whether it was rung, and the seconds of each cause.

Only adds: a server or worker of the version before goes on with it.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE capabilities ADD COLUMN max_running bigint;
    ALTER TABLE workers ADD COLUMN broker_lost_at timestamptz;
    ALTER TABLE operations
        ADD COLUMN rung_at timestamptz,
        ADD COLUMN blocked_by text,
        ADD COLUMN waits jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN waits_since timestamptz NOT NULL DEFAULT now();
    CREATE INDEX operations_in_line ON operations (coalesce(blocked_by, queue), project_id, run_at)
        WHERE status = 'pending' AND rung_at IS NULL;
    CREATE INDEX operations_called ON operations (project_id, queue, rung_at)
        WHERE status IN ('pending', 'running') AND rung_at IS NOT NULL;
    """)


def downgrade() -> None:
    op.execute("""
    DROP INDEX operations_called, operations_in_line;
    ALTER TABLE operations DROP COLUMN rung_at, DROP COLUMN blocked_by, DROP COLUMN waits, DROP COLUMN waits_since;
    ALTER TABLE workers DROP COLUMN broker_lost_at;
    ALTER TABLE capabilities DROP COLUMN max_running;
    """)
