"""Keyed hashes of how listed and refused names look, to recognize lookalikes.

Names that were listed or refused before have none until they are decided again.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SHOWN = (
    "status = 'confirmed' AND display <> 'hidden' AND review = 'passed' AND sequence IS NOT NULL"
)


def upgrade() -> None:
    op.add_column("sign_ons", sa.Column("look", sa.LargeBinary(), nullable=True))
    op.create_index(
        "sign_ons_look", "sign_ons", ["campaign", "look"], postgresql_where=sa.text(SHOWN)
    )
    op.add_column("refusals", sa.Column("look", sa.LargeBinary(), nullable=True))
    op.create_index("ix_refusals_look", "refusals", ["look"])


def downgrade() -> None:
    op.drop_index("ix_refusals_look", "refusals")
    op.drop_column("refusals", "look")
    op.drop_index("sign_ons_look", "sign_ons")
    op.drop_column("sign_ons", "look")
