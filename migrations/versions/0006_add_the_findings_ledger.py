"""The ledger of every project's findings, and an index of what failed, so that failures can be grouped."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
    CREATE INDEX operations_failed ON operations (finished_at) WHERE status = 'failed';

    CREATE TABLE findings (
        project_id text NOT NULL
            CONSTRAINT findings_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
        capability text NOT NULL,
        fingerprint text NOT NULL,
        rule text NOT NULL,
        severity text NOT NULL,
        message text NOT NULL,
        path text NOT NULL,
        line bigint,
        snippet text NOT NULL,
        help_uri text,
        first_seen timestamptz NOT NULL DEFAULT now(),
        last_seen timestamptz NOT NULL DEFAULT now(),
        fixed_at timestamptz,
        opened_by uuid NOT NULL,
        seen_by uuid NOT NULL,
        suppressed_for text,
        suppressed_at timestamptz,
        suppressed_until timestamptz,
        CONSTRAINT findings_pkey PRIMARY KEY (project_id, capability, fingerprint)
    ) WITH (fillfactor = 80);
    CREATE INDEX findings_unfixed ON findings (project_id, capability) WHERE fixed_at IS NULL;
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE findings;
    DROP INDEX operations_failed;
    """)
