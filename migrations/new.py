"""``make migration NAME="add a fax number"``: write the next migration of the chain.

It is what Alembic finds different between the table classes and a database with all migrations
so far, which is made in a folder of its own and removed afterwards. Read what it wrote: it sees
tables, columns, indexes and keys, and knows nothing of the rows that are there.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command

from api.database.embedded import EmbeddedPostgres
from api.database.migrate import configuration, migrate, open_connection
from api.database.revisions import SCRIPTS, head_revision

VERSIONS = SCRIPTS / "versions"


def write_migration(url: str, message: str, folder: Path = VERSIONS) -> Path:
    """Write the migration from the migrated database at ``url`` to the table classes.

    Its number follows the newest one's. Returns the path of the new file in ``folder``.
    """
    with open_connection(url, None) as connection:
        config = configuration(connection)
        places = dict.fromkeys((str(VERSIONS), str(folder)))
        config.set_main_option("version_locations", os.pathsep.join(places))
        script = command.revision(
            config, message, autogenerate=True, rev_id=_next_number(), version_path=str(folder)
        )
    return Path(script.path)  # type: ignore[union-attr]


def _next_number() -> str:
    return f"{int(head_revision() or 0) + 1:04}"


@contextmanager
def _migrated_database() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="undersigned-migration-"))
    server = EmbeddedPostgres(folder, fsync=False)
    try:
        migrate(server.start().url)
        yield server.url
    finally:
        server.stop()
        # As root the data lies outside the state folder.
        shutil.rmtree(server.place.home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def main(message: str) -> None:
    with _migrated_database() as url:
        path = write_migration(url, message)
    sys.stdout.write(f"{path.relative_to(SCRIPTS.parent)}\n")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
