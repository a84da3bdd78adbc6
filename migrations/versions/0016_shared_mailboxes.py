"""Two people may share one mailbox on a campaign.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ONE, TWO = "persons_campaign_email_hash_key", "persons_campaign_email_hash_place_key"


def upgrade() -> None:
    op.add_column("persons", sa.Column("place", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint("persons_two_places", "persons", "place IN (1, 2)")
    # The new index first, so that the old one's uniqueness holds until it is there.
    op.create_unique_constraint(TWO, "persons", ["campaign", "email_hash", "place"])
    op.drop_constraint(ONE, "persons", type_="unique")


def downgrade() -> None:
    """Fails where two people share a mailbox, since neither of them can be dropped."""
    op.create_unique_constraint(ONE, "persons", ["campaign", "email_hash"])
    op.drop_constraint(TWO, "persons", type_="unique")
    op.drop_constraint("persons_two_places", "persons", type_="check")
    op.drop_column("persons", "place")
