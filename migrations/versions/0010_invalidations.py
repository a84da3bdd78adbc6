"""Invalidations by the worker, with their progress; to whom statements were handed in.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("taken", sa.Integer(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("criteria", JSONB(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
    ):
        op.add_column("invalidations", column)
    op.execute("""
        UPDATE invalidations i SET standing = 'counted',
            status = CASE WHEN undone_at IS NULL THEN 'done' ELSE 'undone' END,
            taken = (SELECT count(*) FROM persons p WHERE p.invalidation_id = i.id)
    """)
    for name in ("taken", "standing", "status"):
        op.alter_column("invalidations", name, nullable=False)
    op.create_index(
        "invalidations_at_work",
        "invalidations",
        ["at"],
        postgresql_where=sa.text("status IN ('running', 'undoing')"),
    )
    op.create_table(
        "handed_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_handed_in_campaign"), "handed_in", ["campaign"])


def downgrade() -> None:
    op.drop_table("handed_in")
    op.drop_index("invalidations_at_work", "invalidations")
    for name in ("taken", "standing", "criteria", "status"):
        op.drop_column("invalidations", name)
