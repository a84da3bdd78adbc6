"""Sign-ons: statements as they were signed, people and organizations; counts by hour.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SHOWN = sa.text(
    "status = 'confirmed' AND display <> 'hidden' AND review = 'passed' AND sequence IS NOT NULL"
)
LIVE = "status IN ('confirmed', 'approved')"


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_statements_campaign"), "statements", ["campaign"])
    _sign_ons()
    _organizations()
    op.create_table(
        "count_hours",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "name", "hour"),
    )


    op.add_column("persons", sa.Column("invalidation_id", sa.Uuid(), nullable=True))
    op.create_index(
        "persons_invalidated",
        "persons",
        ["invalidation_id"],
        postgresql_where=sa.text("invalidation_id IS NOT NULL"),
    )
    op.create_table(
        "invalidations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _sign_ons() -> None:
    op.create_table(
        "sign_ons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supporter_id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("comment_review", sa.Text(), nullable=False),
        sa.Column("public_name", sa.Text(), nullable=True),
        sa.Column("public_place", sa.Text(), nullable=True),
        sa.Column("public_affiliation", sa.Text(), nullable=True),
        sa.Column("public_comment", sa.Text(), nullable=True),
        sa.Column("sort_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("supporter_id"),
        sa.UniqueConstraint("campaign", "sequence"),
    )
    confirmed = sa.text("status = 'confirmed'")
    op.create_index(
        "sign_ons_one_a_person", "sign_ons", ["person_id"], unique=True, postgresql_where=confirmed
    )
    op.create_index("sign_ons_shown", "sign_ons", ["campaign", "sequence"], postgresql_where=SHOWN)
    op.create_index(
        "sign_ons_sorted", "sign_ons", ["campaign", "sort_key", "sequence"], postgresql_where=SHOWN
    )
    op.create_index(
        "sign_ons_unnumbered",
        "sign_ons",
        ["campaign", "id"],
        postgresql_where=sa.text("status = 'confirmed' AND sequence IS NULL"),
    )
    op.create_index(
        "sign_ons_in_review",
        "sign_ons",
        ["campaign", "id"],
        postgresql_where=sa.text("review = 'queued' OR comment_review = 'queued'"),
    )


def _organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supporter_id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("representative", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("public_representative", sa.Text(), nullable=True),
        sa.Column("sort_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("supporter_id"),
        sa.UniqueConstraint("campaign", "sequence"),
    )
    op.create_index(
        "organizations_one_a_name",
        "organizations",
        ["campaign", "name_key"],
        unique=True,
        postgresql_where=sa.text(LIVE),
    )
    op.create_index(
        "organizations_one_a_domain",
        "organizations",
        ["campaign", "domain"],
        unique=True,
        postgresql_where=sa.text(f"{LIVE} AND domain IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("invalidations")
    op.drop_index("persons_invalidated", "persons")
    op.drop_column("persons", "invalidation_id")
    op.drop_table("count_hours")
    op.drop_table("organizations")
    op.drop_table("sign_ons")
    op.drop_table("statements")
