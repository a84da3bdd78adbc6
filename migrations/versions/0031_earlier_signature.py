"""Store which signature a signature changed or repeated, for its receipt.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_ons", sa.Column("earlier", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_ons", "earlier")
