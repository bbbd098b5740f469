"""Projects, agents, and which agent may do what on which project."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
    CREATE TABLE projects (
        id text CONSTRAINT projects_pkey PRIMARY KEY
            CONSTRAINT projects_id_is_a_slug CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
        name text NOT NULL,
        description text,
        status text NOT NULL DEFAULT 'active',
        source jsonb NOT NULL,
        policy jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 70);

    CREATE TABLE agents (
        id text CONSTRAINT agents_pkey PRIMARY KEY
            CONSTRAINT agents_id_is_a_slug CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
        name text NOT NULL,
        kind text NOT NULL DEFAULT 'tool'
            CONSTRAINT agents_kind_is_known CHECK (kind IN ('tool', 'command')),
        capabilities text[] NOT NULL,
        settings jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz
    );

    CREATE TABLE assignments (
        project_id text NOT NULL
            CONSTRAINT assignments_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
        agent_id text NOT NULL
            CONSTRAINT assignments_agent_id_fkey REFERENCES agents (id),
        capabilities text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT assignments_pkey PRIMARY KEY (project_id, agent_id)
    );
    CREATE INDEX assignments_agent_id_idx ON assignments (agent_id);
    """)


def downgrade() -> None:
    op.execute("DROP TABLE assignments, agents, projects")
