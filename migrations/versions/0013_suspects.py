"""Why somebody is a suspect; the organizers' watch list; who confirmed from one client.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("doubt", sa.Text(), nullable=True))
    op.create_index(
        "persons_in_doubt",
        "persons",
        ["campaign", "id"],
        postgresql_where=sa.text("standing = 'suspect'"),
    )
    op.create_index(
        "supporters_confirmed_by_client",
        "supporters",
        ["client_hash"],
        postgresql_where=sa.text("status = 'confirmed' AND client_hash IS NOT NULL"),
    )
    op.create_table(
        "watchlist",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("email_hash", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign", "domain"),
        sa.UniqueConstraint("campaign", "email_hash"),
    )


def downgrade() -> None:
    op.drop_table("watchlist")
    op.drop_index("supporters_confirmed_by_client", "supporters")
    op.drop_index("persons_in_doubt", "persons")
    op.drop_column("persons", "doubt")
