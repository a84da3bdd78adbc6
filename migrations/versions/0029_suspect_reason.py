"""Name the reason of a suspect and its index for what they are.

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("persons", "doubt", new_column_name="suspect_reason")
    op.execute("ALTER INDEX persons_in_doubt RENAME TO persons_suspect")


def downgrade() -> None:
    op.execute("ALTER INDEX persons_suspect RENAME TO persons_in_doubt")
    op.alter_column("persons", "suspect_reason", new_column_name="doubt")
