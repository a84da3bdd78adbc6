"""Only an approved organization takes a name or a domain; shared hosts prove none.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# The best-known shared hosts; an organizer can undo an approval that took another one.
SHARED = """
    aol.com change.org facebook.com fb.com gmail.com google.com hotmail.com icloud.com instagram.com
    linkedin.com linktr.ee medium.com outlook.com proton.me sites.google.com substack.com t.me
    tiktok.com twitter.com wordpress.com x.com yahoo.com youtube.com
"""
INDEXES = {
    "organizations_one_a_name": ("name_key", ""),
    "organizations_one_a_domain": ("domain", " AND domain IS NOT NULL"),
}


def upgrade() -> None:
    _index("status = 'approved'")
    shared = sa.bindparam("shared", SHARED.split(), sa.ARRAY(sa.Text))
    op.execute(
        sa.text("""
            UPDATE organizations SET domain = NULL, basis = 'manual' WHERE domain = ANY(:shared)
        """).bindparams(shared)
    )
    op.execute("""
        UPDATE organizations o SET status = 'confirmed'
        WHERE o.status = 'taken' AND NOT EXISTS (
            SELECT FROM organizations a WHERE a.campaign = o.campaign AND a.status = 'approved'
              AND (a.name_key = o.name_key OR a.domain = o.domain))
    """)


def downgrade() -> None:
    op.execute("""
        UPDATE organizations o SET status = 'taken'
        WHERE o.status = 'confirmed' AND EXISTS (
            SELECT FROM organizations a WHERE a.campaign = o.campaign AND a.id <> o.id
              AND (a.status = 'approved' OR (a.status = 'confirmed' AND a.id < o.id))
              AND (a.name_key = o.name_key OR a.domain = o.domain))
    """)
    _index("status IN ('confirmed', 'approved')")


def _index(status: str) -> None:
    for name, (column, more) in INDEXES.items():
        op.drop_index(name, "organizations")
        op.create_index(
            name,
            "organizations",
            ["campaign", column],
            unique=True,
            postgresql_where=sa.text(status + more),
        )
