"""A cancelled letter no longer keeps its writer from that seat; the newest data is remembered.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("letters_person_id_seat_key", "letters", type_="unique")
    op.create_index(
        "letters_one_a_seat",
        "letters",
        ["person_id", "seat"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_table(
        "reference_data",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("congress", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("reference_data")
    op.drop_index("letters_one_a_seat", "letters")
    op.create_unique_constraint("letters_person_id_seat_key", "letters", ["person_id", "seat"])
