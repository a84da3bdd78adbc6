"""The tables of procrastinate 3.10, which runs the housekeeping.

They are made by the package's own migrations, named here one by one: a later version of the
package adds files, and a later migration of ours names those. So a database has the same
schema whether it was made today or brought up step by step.
"""

from alembic import op
from procrastinate.schema import migrations_path

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LAST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


# Left behind by a migration that was killed halfway; nothing can have used it yet.
CLEAR = r"""
DO $$
DECLARE drop_it text;
BEGIN
    FOR drop_it IN
        SELECT format('DROP TABLE %s CASCADE', oid::regclass) FROM pg_class
        WHERE relkind = 'r' AND relname LIKE 'procrastinate\_%'
          AND relnamespace = 'public'::regnamespace
    LOOP EXECUTE drop_it; END LOOP;
    FOR drop_it IN
        SELECT format('DROP ROUTINE %s CASCADE', oid::regprocedure) FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%' AND pronamespace = 'public'::regnamespace
    LOOP EXECUTE drop_it; END LOOP;
    FOR drop_it IN
        SELECT format('DROP TYPE %s CASCADE', oid::regtype) FROM pg_type
        WHERE typname LIKE 'procrastinate\_%' AND typtype IN ('e', 'c')
          AND typnamespace = 'public'::regnamespace
    LOOP EXECUTE drop_it; END LOOP;
END $$
"""


def upgrade() -> None:
    """File by file, each committed: before version 17, PostgreSQL lets nobody use a value that
    was added to an enum type in the same transaction."""
    with op.get_context().autocommit_block():
        # The driver's own cursor: through SQLAlchemy each "%" would be a placeholder.
        cursor = op.get_bind().connection.driver_connection.cursor()
        cursor.execute(CLEAR)
        for file in sorted(migrations_path.glob("*.sql")):
            if file.name <= LAST:
                cursor.execute(file.read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a downgrade would delete jobs.")
