"""Clear the plain text of names that wait or were refused; store refusals with the person.

It can be made again from what the form seals. Names that are listed already stay so.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IN_REVIEW = "status = 'confirmed' AND (review = 'queued' OR comment_review = 'queued')"


def upgrade() -> None:
    op.create_table(
        "refusals",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("person_id", "what"),
    )
    for what, column in (("name", "review"), ("comment", "comment_review")):
        op.execute(
            "INSERT INTO refusals (person_id, what) "  # noqa: S608 (our own text)
            f"SELECT DISTINCT person_id, '{what}' FROM sign_ons "
            f"WHERE {column} = 'refused' AND person_id IS NOT NULL"
        )
    op.add_column("sign_ons", sa.Column("passed", sa.LargeBinary(), nullable=True))
    op.add_column("sign_ons", sa.Column("review_number", sa.BigInteger(), nullable=True))
    op.execute("CREATE SEQUENCE review_numbers")
    op.drop_index("sign_ons_in_review", "sign_ons")
    op.create_index(
        "sign_ons_in_review",
        "sign_ons",
        ["campaign", "review_number"],
        postgresql_where=sa.text(IN_REVIEW),
    )
    op.create_index(
        "sign_ons_to_queue",
        "sign_ons",
        ["id"],
        postgresql_where=sa.text(f"{IN_REVIEW} AND review_number IS NULL"),
    )
    op.execute("""
        UPDATE sign_ons SET public_name = NULL, public_place = NULL, public_affiliation = NULL,
            public_comment = NULL, sort_key = NULL
        WHERE review <> 'passed' AND public_name IS NOT NULL
    """)
    op.execute("""
        UPDATE sign_ons SET public_comment = NULL
        WHERE comment_review <> 'passed' AND public_comment IS NOT NULL
    """)


def downgrade() -> None:
    op.drop_index("sign_ons_to_queue", "sign_ons")
    op.drop_index("sign_ons_in_review", "sign_ons")
    op.create_index(
        "sign_ons_in_review",
        "sign_ons",
        ["campaign", "id"],
        postgresql_where=sa.text("review = 'queued' OR comment_review = 'queued'"),
    )
    op.execute("DROP SEQUENCE review_numbers")
    op.drop_column("sign_ons", "review_number")
    op.drop_column("sign_ons", "passed")
    op.drop_table("refusals")
