"""One mail that stands for all that waits at an address; the hourly cap on mail; where a form was
filled in; recipient domains that refuse us.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("supporters", sa.Column("surface", sa.Text(), nullable=True))
    op.add_column(
        "mail_budget", sa.Column("place", sa.Text(), nullable=False, server_default="own")
    )
    op.alter_column("mail_budget", "place", server_default=None)
    op.create_table(
        "pending_links",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("expires", moment, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_pending_links_expires", "pending_links", ["expires"])
    op.create_table(
        "mail_minutes",
        sa.Column("minute", moment, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute"),
    )
    op.create_table(
        "mail_breakers",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("probe_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("domain"),
    )


def downgrade() -> None:
    op.drop_table("mail_breakers")
    op.drop_table("mail_minutes")
    op.drop_table("pending_links")
    op.drop_column("mail_budget", "place")
    op.drop_column("supporters", "surface")
