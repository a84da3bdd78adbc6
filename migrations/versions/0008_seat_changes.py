"""An index to find the letters whose seat changed hands, to tell their writers.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "deliveries_of_changed_seats",
        "deliveries",
        ["letter_id"],
        postgresql_where=sa.text("status = 'cancelled' AND reason = 'seat_changed'"),
    )


def downgrade() -> None:
    op.drop_index("deliveries_of_changed_seats", "deliveries")
