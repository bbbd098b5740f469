"""Seals what had ended before there were seals, as it is now."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # A transaction of its own, without the lock on the table that its new column took: nobody waits for ended rows.
    op.execute("UPDATE operations SET seal = seal_of(operations) WHERE finished_at IS NOT NULL AND seal IS NULL")


def downgrade() -> None:
    """A seal harms nobody; the step below takes the column."""
