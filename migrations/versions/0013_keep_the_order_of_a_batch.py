"""What is accepted in one transaction is due at one moment: its ids tell the order, and lines are in it.

Of `uuid7()` the 12 bits behind the milliseconds are their fraction, as RFC 9562 allows (section 6.2, method 3).
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("""
    CREATE OR REPLACE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
        SELECT (
            overlay(
                lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 4096000)::bigint), 15, '0')
                PLACING '7' FROM 13 FOR 0
            )
            || right(replace(gen_random_uuid()::text, '-', ''), 16)
        )::uuid
    $$;
    DROP INDEX operations_in_line;
    CREATE INDEX operations_in_line ON operations (coalesce(blocked_by, queue), project_id, (attempt = 0), run_at, id)
        WHERE status = 'pending' AND rung_at IS NULL;
    """)


def downgrade() -> None:
    op.execute("""
    DROP INDEX operations_in_line;
    CREATE INDEX operations_in_line ON operations (coalesce(blocked_by, queue), project_id, (attempt = 0), run_at)
        WHERE status = 'pending' AND rung_at IS NULL;
    CREATE OR REPLACE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
        SELECT (
            lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || '7' || right(replace(gen_random_uuid()::text, '-', ''), 19)
        )::uuid
    $$;
    """)
