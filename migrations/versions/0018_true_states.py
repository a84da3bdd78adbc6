"""Restore the states of letters that the purge of their texts had marked expired.

Only what was never sent is expired. A letter that its writer was to send, or that was tried before,
may have arrived.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        WITH mended AS (
            UPDATE deliveries SET reason = CASE WHEN channel = 'hand_over' THEN NULL ELSE reason END,
                status = CASE WHEN channel = 'hand_over' THEN 'needs_user_action'
                    ELSE 'uncertain' END
            WHERE status = 'expired' AND reason = 'retention'
              AND (channel = 'hand_over' OR attempts > 0)
            RETURNING letter_id, status
        )
        UPDATE letters l SET status = mended.status FROM mended WHERE l.id = mended.letter_id
    """)


def downgrade() -> None:
    """Nothing to restore: the earlier states were wrong."""
