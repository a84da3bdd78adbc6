"""Keep values of personal columns out of the planner's statistics.

ANALYZE keeps samples of each column in ``pg_statistic``, and a dump or a copy of the data folder
may have them: the key and the sealed identity of somebody who was erased stayed there until the
table was analyzed again. Columns by which rows are found hold keyed hashes, and keep theirs.

Revision ID: 0030
Revises: 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WITHOUT = {
    "supporters": ("data_key", "identity", "address"),
    "submissions": ("words",),
    "sign_ons": (
        "words", "passed", "public_name", "public_place", "public_affiliation", "public_comment",
    ),
    "organizations": ("entry", "representative", "public_representative"),
    "deliveries": ("payload",),
    "idempotency": ("answer",),
    "statement_prints": ("pdf",),
}  # fmt: skip

# Before version 18 only a superuser can delete statistics that were gathered earlier.
CLEAR = """
    DO $$ BEGIN
        IF to_regprocedure('pg_clear_attribute_stats(text, text, text, boolean)') IS NOT NULL THEN
            PERFORM pg_clear_attribute_stats('public', '{table}', '{column}', false);
        END IF;
    END $$
"""


def upgrade() -> None:
    for table, columns in WITHOUT.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
            op.execute(CLEAR.format(table=table, column=column))


def downgrade() -> None:
    for table, columns in WITHOUT.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS -1")
