"""The purge of the writer's own words, the street and the rendered letters, after delivery.

One clock for a submission: the last change of any of its deliveries. A delivery that waits for a
person (``uncertain``, ``needs_user_action``) would wait forever, so for this clock it ended when it
began to wait. Its state stays what it is: nobody knows more of it than before. ZIP, state and city
stay until the campaign's own limit, as the supporter's page needs them; they are sealed in one
value with the street, which is sealed again without it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries.transitions import RUNNING
from api.errors import DomainError
from api.supporters.vault import Vault

# Ids begin with the hour of their form, and words are never null before they are wiped: so
# only what is due, or held up by a delivery, is looked at (index ``submissions_with_words``).
_DUE: Final = text("""
    SELECT b.id AS submission_id, s.id, s.data_key, s.address
    FROM submissions b JOIN supporters s ON s.id = b.supporter_id
    WHERE b.words IS NOT NULL AND b.id < :bound AND s.status <> 'unconfirmed' AND s.hour < :before
      AND NOT EXISTS (
          SELECT FROM letters l JOIN deliveries d ON d.letter_id = l.id
          WHERE l.submission_id = b.id AND (d.status = ANY(:running) OR d.due_at >= :before)
      )
    ORDER BY b.id LIMIT :limit FOR UPDATE OF b, s SKIP LOCKED
""")

_WIPE: Final = text("""
    WITH words AS (
        UPDATE submissions SET words = NULL WHERE id = ANY(:submissions)
    ), of_these AS (
        SELECT id FROM letters WHERE submission_id = ANY(:submissions)
    ), payloads AS (
        UPDATE deliveries SET payload = NULL WHERE letter_id IN (SELECT id FROM of_these)
    )
    UPDATE supporters s SET address = r.address
    FROM unnest(CAST(:ids AS uuid[]), CAST(:addresses AS bytea[])) AS r(id, address)
    WHERE s.id = r.id
""")


async def wipe_words(session: AsyncSession, *, vault: Vault, before: datetime, limit: int) -> int:
    """Wipe what belongs to submissions whose last delivery ended before ``before``; how many."""
    bounds = {
        "bound": first_id_after(before),
        "before": before,
        "running": [str(status) for status in RUNNING],
        "limit": limit,
    }
    due = (await session.execute(_DUE, bounds)).all()
    if due:
        await session.execute(_WIPE, _changes(due, vault))
    return len(due)


def _changes(due: Sequence[Any], vault: Vault) -> dict[str, Any]:
    return {
        "submissions": [row.submission_id for row in due],
        "ids": [row.id for row in due],
        "addresses": [_without_street(row, vault) for row in due],
    }


def _without_street(row: Any, vault: Vault) -> bytes | None:
    """The address sealed again without its street; None if no key opens it here, since the limit
    applies all the same."""
    if row.address is None or row.data_key is None:
        return None
    try:
        seal = vault.open_form(row.data_key, row.id)
        return seal.seal_address(seal.address(row.address).without_street())
    except DomainError:
        return None


def first_id_after(moment: datetime) -> UUID:
    """The smallest UUIDv7 of the next hour: every id made up to ``moment`` is below it."""
    hour = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return UUID(int=int(hour.timestamp() * 1000) << 80)
