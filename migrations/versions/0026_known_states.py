"""The database refuses a state that the program does not know.

``NOT VALID``: the next migration checks the stored rows in a transaction of its own, so that no
table is locked while that takes its time.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

DELIVERY = (
    *("queued", "sending", "retrying", "paused", "accepted", "sent", "written"),
    *("needs_user_action", "self_reported", "uncertain", "failed", "cancelled", "expired"),
)
SUPPORTER = ("unconfirmed", "confirmed", "discarded", "expired", "withdrawn", "erased")
STANDING = ("counted", "suspect", "invalidated")
REVIEW = ("none", "queued", "passed", "refused")
KNOWN = (
    ("campaign_states", "status", ("draft", "scheduled", "open", "closed")),
    ("persons", "standing", STANDING),
    ("supporters", "status", SUPPORTER),
    ("submissions", "status", SUPPORTER),
    ("sign_ons", "status", SUPPORTER),
    ("sign_ons", "display", ("hidden", "initials", "name")),
    ("sign_ons", "review", REVIEW),
    ("sign_ons", "comment_review", REVIEW),
    (
        "organizations",
        "status",
        (
            *("unconfirmed", "confirmed", "approved", "taken", "refused", "withdrawn"),
            *("discarded", "expired", "erased"),
        ),
    ),
    ("invalidations", "standing", STANDING),
    ("invalidations", "status", ("running", "done", "cancelled", "undoing", "undone")),
    ("letters", "status", DELIVERY),
    ("deliveries", "status", DELIVERY),
    ("mails", "status", ("queued", "sending", "sent", "failed", "suppressed")),
    ("mail_breakers", "status", ("closed", "open")),
)


def upgrade() -> None:
    for table, column, values in KNOWN:
        listed = ", ".join(f"'{value}'" for value in values)
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_known "
            f"CHECK ({column} IN ({listed})) NOT VALID"
        )


def downgrade() -> None:
    for table, column, _ in KNOWN:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_known")
