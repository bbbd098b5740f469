"""Operations and their events, the catalogue, the workers, and who may call.

`uuid7()` makes time-ordered ids from the database's clock, also on servers older than PostgreSQL 18.
"""

from alembic import op

revision = "0003"
down_revision = "add_agent_metadata"


def upgrade() -> None:
    op.execute("""
    CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
        SELECT (
            lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || '7' || right(replace(gen_random_uuid()::text, '-', ''), 19)
        )::uuid
    $$;

    CREATE TABLE project_heads (
        project_id text CONSTRAINT project_heads_pkey PRIMARY KEY
            CONSTRAINT project_heads_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
        seq bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 10);
    INSERT INTO project_heads (project_id) SELECT id FROM projects;

    CREATE TABLE capabilities (
        name text NOT NULL,
        version text NOT NULL,
        description text NOT NULL,
        parameters_schema jsonb NOT NULL,
        result_schema jsonb NOT NULL,
        queue text NOT NULL,
        risk text NOT NULL,
        timeout double precision NOT NULL,
        tries bigint NOT NULL,
        retry_delay double precision NOT NULL,
        retry_longest double precision NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT capabilities_pkey PRIMARY KEY (name, version)
    );

    CREATE TABLE workers (
        name text CONSTRAINT workers_pkey PRIMARY KEY,
        capabilities text[] NOT NULL,
        concurrency bigint NOT NULL,
        sandbox text,
        status text NOT NULL DEFAULT 'online'
            CONSTRAINT workers_status_is_known CHECK (status IN ('online', 'draining', 'offline')),
        started_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE operations (
        id uuid CONSTRAINT operations_pkey PRIMARY KEY DEFAULT uuid7(),
        project_id text NOT NULL
            CONSTRAINT operations_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
        agent_id text NOT NULL CONSTRAINT operations_agent_id_fkey REFERENCES agents (id),
        capability text NOT NULL,
        capability_version text NOT NULL,
        task text NOT NULL,
        queue text NOT NULL,
        parameters jsonb NOT NULL DEFAULT '{}',
        ref text,
        commit text,
        dirty boolean,
        sandbox text,
        status text NOT NULL DEFAULT 'pending'
            CONSTRAINT operations_status_is_known
            CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
        reason text
            CONSTRAINT operations_reason_is_known
            CHECK (reason IS NULL OR reason IN ('error', 'timeout', 'worker_lost', 'expired', 'invalid_parameters',
                'invalid_result', 'sandbox_unavailable', 'source_unavailable', 'not_granted')),
        error text,
        verdict text
            CONSTRAINT operations_verdict_is_known
            CHECK (verdict IS NULL OR verdict IN ('pass', 'fail', 'inconclusive')),
        result jsonb,
        fingerprints jsonb,
        progress jsonb,
        attempt bigint NOT NULL DEFAULT 0,
        tries bigint NOT NULL DEFAULT 0,
        max_tries bigint NOT NULL,
        retry_delay double precision NOT NULL,
        retry_longest double precision NOT NULL,
        timeout double precision NOT NULL,
        worker text,
        lease_until timestamptz,
        deadline_at timestamptz,
        cancel_requested_at timestamptz,
        ring_at timestamptz NOT NULL DEFAULT now(),
        rings bigint NOT NULL DEFAULT 0,
        requested_by text NOT NULL,
        rerun_of uuid CONSTRAINT operations_rerun_of_fkey REFERENCES operations (id) ON DELETE SET NULL,
        run_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        timestamp timestamptz NOT NULL DEFAULT now(),
        seq bigint NOT NULL,
        CONSTRAINT operations_end_has_a_time
            CHECK ((status IN ('cancelled', 'completed', 'failed')) = (finished_at IS NOT NULL)),
        CONSTRAINT operations_failure_has_a_reason CHECK ((status = 'failed') = (reason IS NOT NULL)),
        CONSTRAINT operations_only_completed_is_judged CHECK (verdict IS NULL OR status = 'completed'),
        CONSTRAINT operations_running_has_a_lease CHECK ((status = 'running') = (lease_until IS NOT NULL)),
        CONSTRAINT operations_tries_are_attempts CHECK (tries <= attempt),
        CONSTRAINT operations_cancelled_never_waits CHECK (status <> 'pending' OR cancel_requested_at IS NULL)
    ) WITH (fillfactor = 85);
    CREATE INDEX operations_by_project ON operations (project_id, id DESC);
    CREATE INDEX operations_completed ON operations (project_id, capability, finished_at DESC)
        WHERE status = 'completed';
    CREATE INDEX operations_to_ring ON operations (ring_at) WHERE status = 'pending';
    CREATE INDEX operations_leased ON operations (lease_until) WHERE status = 'running';
    CREATE INDEX operations_ended ON operations (finished_at) WHERE finished_at IS NOT NULL;
    CREATE INDEX operations_agent_id_idx ON operations (agent_id);
    CREATE INDEX operations_rerun_of_idx ON operations (rerun_of);

    CREATE TABLE events (
        project_id text NOT NULL
            CONSTRAINT events_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
        seq bigint NOT NULL,
        operation_id uuid,
        type text NOT NULL,
        frame jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT events_pkey PRIMARY KEY (project_id, seq)
    );
    CREATE INDEX events_operation_id_idx ON events (operation_id);
    CREATE INDEX events_created_at_idx ON events (created_at);

    CREATE TABLE blobs (
        sha256 text CONSTRAINT blobs_pkey PRIMARY KEY,
        content bytea NOT NULL
    );

    CREATE TABLE artifacts (
        operation_id uuid NOT NULL
            CONSTRAINT artifacts_operation_id_fkey REFERENCES operations (id) ON DELETE CASCADE,
        name text NOT NULL,
        media_type text NOT NULL,
        size bigint NOT NULL,
        sha256 text NOT NULL CONSTRAINT artifacts_sha256_fkey REFERENCES blobs (sha256),
        CONSTRAINT artifacts_pkey PRIMARY KEY (operation_id, name)
    );
    CREATE INDEX artifacts_sha256_idx ON artifacts (sha256);

    CREATE TABLE api_keys (
        id text CONSTRAINT api_keys_pkey PRIMARY KEY,
        name text NOT NULL,
        role text NOT NULL CONSTRAINT api_keys_role_is_known CHECK (role IN ('read', 'submit', 'admin')),
        secret_hash text NOT NULL,
        projects text[],
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz
    );

    CREATE TABLE sign_ins (
        token_hash text CONSTRAINT sign_ins_pkey PRIMARY KEY,
        key_id text NOT NULL CONSTRAINT sign_ins_key_id_fkey REFERENCES api_keys (id) ON DELETE CASCADE,
        kind text NOT NULL CONSTRAINT sign_ins_kind_is_known CHECK (kind IN ('ticket', 'session')),
        expires_at timestamptz NOT NULL
    );
    CREATE INDEX sign_ins_key_id_idx ON sign_ins (key_id);

    CREATE TABLE idempotency_keys (
        caller text NOT NULL,
        key text NOT NULL,
        fingerprint text NOT NULL,
        operation_id uuid NOT NULL
            CONSTRAINT idempotency_keys_operation_id_fkey REFERENCES operations (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key)
    );
    CREATE INDEX idempotency_keys_operation_id_idx ON idempotency_keys (operation_id);
    CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE idempotency_keys, sign_ins, api_keys, artifacts, blobs, events, operations, workers, capabilities,
        project_heads;
    DROP FUNCTION uuid7();
    """)
