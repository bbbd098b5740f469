"""The source lines around every finding of the ledger."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE findings ADD COLUMN excerpt jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE findings DROP COLUMN excerpt")
