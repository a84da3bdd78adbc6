"""The index of letters that were not sent, of which their writers are told: also by moved lines.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NAME, TABLE = "deliveries_of_changed_seats", "deliveries"
BOTH = "status = 'cancelled' AND reason IN ('seat_changed', 'lines_moved')"
BEFORE = "status = 'cancelled' AND reason = 'seat_changed'"


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["letter_id"], postgresql_where=sa.text(BOTH))


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["letter_id"], postgresql_where=sa.text(BEFORE))
