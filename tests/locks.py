"""Which session waits for which in PostgreSQL: tests of two transactions wait for that."""

from sqlalchemy import text

from api.database.engine import create_engine
from tests.waiting import until

WAITING = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
""")


async def waiting_for_locks(owner_url: str, sessions: int = 1) -> None:
    """Return once this many sessions of this database wait for a lock.

    ``owner_url`` is the owner's: others do not see what sessions wait for.
    """
    owner = create_engine(owner_url, None)

    async def wait() -> bool:
        async with owner.connect() as connection:
            return int(await connection.scalar(WAITING) or 0) >= sessions

    try:
        await until(wait)
    finally:
        await owner.dispose()
