"""projects.agent_metadata: who is assigned, what is granted, and the window of newest records.

The trigger refuses any other shape from any client; its message names the key that is wrong.
"""

from alembic import op

revision = "add_agent_metadata"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE projects ADD COLUMN agent_metadata jsonb NOT NULL
        DEFAULT '{"assigned_agents": [], "capability_requirements": [], "operation_history": []}'::jsonb;

    CREATE FUNCTION validate_agent_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        wrong text;
    BEGIN
        IF jsonb_typeof(NEW.agent_metadata) IS DISTINCT FROM 'object' THEN
            RAISE EXCEPTION 'Invalid agent_metadata structure: agent_metadata is not an object'
                USING ERRCODE = 'check_violation';
        END IF;
        SELECT key || CASE
                WHEN member IS NULL THEN ' is missing'
                WHEN jsonb_typeof(member) <> 'array' THEN ' is not an array'
                ELSE ' holds something else than ' || element || 's'
            END
        INTO wrong
        FROM (VALUES ('assigned_agents', 'string'), ('capability_requirements', 'string'),
                     ('operation_history', 'object')) AS expected (key, element),
             LATERAL (SELECT NEW.agent_metadata -> key AS member) AS actual
        WHERE member IS NULL
            OR jsonb_typeof(member) <> 'array'
            OR jsonb_path_exists(member, 'strict $[*] ? (@.type() != $element)',
                                jsonb_build_object('element', element), silent => true)
        LIMIT 1;
        IF wrong IS NULL THEN
            SELECT key || ' is not known' INTO wrong FROM jsonb_object_keys(NEW.agent_metadata) AS key
            WHERE key NOT IN ('assigned_agents', 'capability_requirements', 'operation_history')
            LIMIT 1;
        END IF;
        IF wrong IS NOT NULL THEN
            RAISE EXCEPTION 'Invalid agent_metadata structure: %', wrong USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
    $$;

    CREATE TRIGGER ensure_valid_agent_metadata BEFORE INSERT OR UPDATE ON projects
        FOR EACH ROW EXECUTE FUNCTION validate_agent_metadata();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER ensure_valid_agent_metadata ON projects;
    DROP FUNCTION validate_agent_metadata();
    ALTER TABLE projects DROP COLUMN agent_metadata;
    """)
