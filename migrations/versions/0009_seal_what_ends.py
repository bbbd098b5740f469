"""A seal on every ended operation, made of its columns at its end, so that a later edit of any of them shows."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # Without rerun_of, which retention empties; with the settings pinned that change how times and numbers are written.
    op.execute("""
    ALTER TABLE operations ADD COLUMN seal bytea;

    CREATE FUNCTION seal_of(o operations) RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE
        SET timezone = 'UTC' SET extra_float_digits = 1 AS $$
    BEGIN
        RETURN sha256(convert_to(json_build_array(
            o.id, o.project_id, o.agent_id, o.capability, o.capability_version, o.task, o.queue, o.parameters, o.ref,
            o.commit, o.dirty, o.sandbox, o.status, o.reason, o.error, o.verdict, o.result, o.fingerprints, o.progress,
            o.attempt, o.tries, o.max_tries, o.retry_delay, o.retry_longest, o.timeout, o.worker, o.lease_until,
            o.deadline_at, o.cancel_requested_at, o.ring_at, o.rings, o.rung_at, o.blocked_by, o.waits, o.waits_since,
            o.requested_by, o.run_at, o.created_at, o.started_at, o.finished_at, o.timestamp, o.seq
        )::text, 'UTF8'));
    END;
    $$;

    CREATE FUNCTION seal_operation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.seal := seal_of(NEW);
        RETURN NEW;
    END;
    $$;

    CREATE TRIGGER seal_at_end BEFORE UPDATE OF finished_at ON operations FOR EACH ROW
        WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION seal_operation();
    CREATE TRIGGER seal_at_entry BEFORE INSERT ON operations FOR EACH ROW
        WHEN (NEW.finished_at IS NOT NULL AND NEW.seal IS NULL) EXECUTE FUNCTION seal_operation();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER seal_at_entry ON operations;
    DROP TRIGGER seal_at_end ON operations;
    DROP FUNCTION seal_operation();
    DROP FUNCTION seal_of(operations);
    ALTER TABLE operations DROP COLUMN seal;
    """)
