"""Indexes that find the few that were cancelled or are inconclusive in a long history."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
    CREATE INDEX operations_cancelled ON operations (project_id, id DESC) WHERE status = 'cancelled';
    CREATE INDEX operations_inconclusive ON operations (project_id, id DESC) WHERE verdict = 'inconclusive';
    """)


def downgrade() -> None:
    op.execute("DROP INDEX operations_cancelled, operations_inconclusive")
