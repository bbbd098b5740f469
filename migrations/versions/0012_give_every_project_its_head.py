"""A head for every project, whoever enters it, so that its changes are numbered from the first on."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # At the commit: the service makes the head itself, as it may need it before.
    op.execute("""
    CREATE FUNCTION give_head() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO project_heads (project_id) SELECT id FROM projects WHERE id = NEW.id ON CONFLICT DO NOTHING;
        RETURN NULL;
    END;
    $$;
    CREATE CONSTRAINT TRIGGER give_every_project_its_head AFTER INSERT ON projects
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION give_head();
    INSERT INTO project_heads (project_id) SELECT id FROM projects ON CONFLICT DO NOTHING;
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER give_every_project_its_head ON projects;
    DROP FUNCTION give_head();
    """)
