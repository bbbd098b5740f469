"""The account: counters beside each project's head, what the keeper found, and canaries that prove a worker hears."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Operations first, as everybody locks them: what is counted below then cannot change meanwhile.
    op.execute("""
    CREATE INDEX operations_open ON operations (project_id, status) WHERE finished_at IS NULL;
    CREATE INDEX operations_recorded ON operations (project_id, seq DESC) WHERE finished_at IS NOT NULL;

    ALTER TABLE project_heads
        ADD COLUMN accepted bigint NOT NULL DEFAULT 0,
        ADD COLUMN completed bigint NOT NULL DEFAULT 0,
        ADD COLUMN failed bigint NOT NULL DEFAULT 0,
        ADD COLUMN cancelled bigint NOT NULL DEFAULT 0;

    UPDATE project_heads SET
        accepted = counted.accepted, completed = counted.completed,
        failed = counted.failed, cancelled = counted.cancelled
    FROM (
        SELECT project_id, count(*) AS accepted,
            count(*) FILTER (WHERE status = 'completed') AS completed,
            count(*) FILTER (WHERE status = 'failed') AS failed,
            count(*) FILTER (WHERE status = 'cancelled') AS cancelled
        FROM operations GROUP BY project_id
    ) AS counted
    WHERE counted.project_id = project_heads.project_id;

    CREATE TABLE reconciliations (
        project_id text CONSTRAINT reconciliations_pkey PRIMARY KEY
            CONSTRAINT reconciliations_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
        checked_at timestamptz NOT NULL DEFAULT now(),
        before uuid,
        findings jsonb NOT NULL DEFAULT '[]'
    );

    ALTER TABLE workers
        ADD COLUMN canary_at timestamptz,
        DROP CONSTRAINT workers_status_is_known,
        ADD CONSTRAINT workers_status_is_known CHECK (status IN ('online', 'deaf', 'draining', 'offline'));
    """)


def downgrade() -> None:
    op.execute("""
    UPDATE workers SET status = 'offline' WHERE status = 'deaf';
    ALTER TABLE workers
        DROP COLUMN canary_at,
        DROP CONSTRAINT workers_status_is_known,
        ADD CONSTRAINT workers_status_is_known CHECK (status IN ('online', 'draining', 'offline'));
    DROP TABLE reconciliations;
    DROP INDEX operations_recorded, operations_open;
    ALTER TABLE project_heads
        DROP COLUMN accepted, DROP COLUMN completed, DROP COLUMN failed, DROP COLUMN cancelled;
    """)
