"""The addresses whose mail a recipient domain refused, and which mail is the probe.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mail_breakers",
        sa.Column("addresses", sa.ARRAY(sa.LargeBinary()), nullable=False, server_default="{}"),
    )
    op.alter_column("mail_breakers", "addresses", server_default=None)
    op.add_column("mail_breakers", sa.Column("probe_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("mail_breakers", "probe_id")
    op.drop_column("mail_breakers", "addresses")
