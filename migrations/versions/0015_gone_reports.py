"""Store reports of "no such mailbox" for one literal address each.

Until now any refusal of any spelling stopped all mail to a mailbox. It is no longer known which
refusals were right, so all are lifted; a mailbox that does not exist will be reported again.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gone_reports",
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("owner_hash", sa.LargeBinary(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "day"),
        sa.UniqueConstraint("mail_id"),
    )
    op.create_index("ix_gone_reports_owner_hash", "gone_reports", ["owner_hash"])
    op.execute("DELETE FROM suppressions WHERE reason = 'bounced'")


def downgrade() -> None:
    op.drop_table("gone_reports")
