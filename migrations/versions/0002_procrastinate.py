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


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    for file in sorted(migrations_path.glob("*.sql")):
        if file.name <= LAST:
            # The driver's own cursor: through SQLAlchemy each "%" would be a placeholder.
            connection.cursor().execute(file.read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a downgrade would delete jobs.")
