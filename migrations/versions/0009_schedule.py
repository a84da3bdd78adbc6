"""The scheduler: attempts, what is stopped, pace, and indexes by channel.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WAITING = sa.text("status IN ('queued', 'sending', 'retrying')")
TROUBLED = sa.text(
    "status IN ('paused', 'uncertain', 'failed', 'expired', 'needs_user_action')"
)


def upgrade() -> None:
    op.add_column(
        "deliveries",
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
    op.add_column(
        "deliveries",
        sa.Column("attempts_before", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.drop_index("deliveries_due", "deliveries")
    op.create_index(
        "deliveries_due", "deliveries", ["channel", "due_at"], postgresql_where=WAITING
    )
    op.create_index(
        "deliveries_troubled",
        "deliveries",
        ["status", "channel", "reason"],
        postgresql_where=TROUBLED,
    )
    op.create_table(
        "attempts",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("delivery_id", "number"),
    )
    op.create_table(
        "channel_controls",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
    )
    op.create_table(
        "channel_pace",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )


def downgrade() -> None:
    op.drop_table("channel_pace")
    op.drop_table("channel_controls")
    op.drop_table("attempts")
    op.drop_index("deliveries_troubled", "deliveries")
    op.drop_index("deliveries_due", "deliveries")
    op.create_index("deliveries_due", "deliveries", ["due_at"], postgresql_where=WAITING)
    op.drop_column("deliveries", "attempts_before")
    op.drop_column("deliveries", "opened_at")
