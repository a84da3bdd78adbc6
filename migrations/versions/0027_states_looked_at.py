"""Validate the constraints of 0026 against the rows stored before.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ADDED = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype = 'c' AND NOT convalidated AND conname ~ '_known$'
    ORDER BY 1, 2
"""


def upgrade() -> None:
    for table, name in op.get_bind().exec_driver_sql(ADDED).fetchall():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """A validated constraint stays validated."""
