"""Seal an organization's name and website until it is approved; compare entries by keyed hashes.

The worker, which has the keys, seals what is stored in plain text.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = ("entry", "name_hash", "look_hash", "domain_hash")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("organizations", sa.Column(name, sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("organizations", name)
