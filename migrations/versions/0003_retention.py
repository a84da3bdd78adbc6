"""Indexes by which the purge finds exactly what is past its retention.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "supporters_with_client",
        "supporters",
        ["hour"],
        unique=False,
        postgresql_where=sa.text("client_hash IS NOT NULL"),
    )
    op.create_index(
        "submissions_with_words",
        "submissions",
        ["id"],
        unique=False,
        postgresql_where=sa.text("words IS NOT NULL"),
    )
    op.create_index(op.f("ix_tokens_expires"), "tokens", ["expires"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tokens_expires"), "tokens")
    op.drop_index("submissions_with_words", "submissions")
    op.drop_index("supporters_with_client", "supporters")
