"""The checks ("gates") that every letter has to pass before it is sent; if unsure, they stay shut.

Consent recorded, form confirmed, a constituent of this seat, the seat's holder the one that was
written to, the campaign's own gate. That it was not sent before is held by the table: a letter
has one living delivery. That the office is listed and the message valid is the channel's to say;
windows and pace are minded when letters are claimed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from api.deliveries.controls import Controls
from api.deliveries.models import DeliveryStatus
from api.deliveries.transitions import LINES_MOVED, OF_STOPS
from api.deliveries.turnover import Seats
from api.supporters.models import Standing, SupporterStatus

# These continue without anybody's help: they are checked again periodically.
SUSPECT_PAUSE, DRAFT_PAUSE = timedelta(hours=1), timedelta(minutes=10)

LOAD = text("""
    SELECT d.id, d.letter_id, d.channel, d.payload, d.opened_at,
        s.id AS supporter_id, s.data_key, s.status, s.consents_version, s.country, s.state,
        s.district, s.campaign, b.status AS submission_status, l.seat, l.congress, t.target_id,
        p.standing, c.status AS campaign_status
    FROM deliveries d
    JOIN letters l ON l.id = d.letter_id
    JOIN persons p ON p.id = l.person_id
    JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
    LEFT JOIN letter_texts t ON t.digest = l.text
    LEFT JOIN campaign_states c ON c.slug = s.campaign
    WHERE d.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class Held:
    """A gate is shut: the delivery's new state, why, and when to look again."""

    status: DeliveryStatus
    reason: str | None
    delay: timedelta = timedelta(0)


def _paused(reason: str) -> Held:
    return Held(DeliveryStatus.PAUSED, reason)


def _cancelled(reason: str) -> Held:
    return Held(DeliveryStatus.CANCELLED, reason)


def _is_there(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    """Its writer was erased while it waited: there is nothing left to send."""
    return _cancelled("erased") if row.payload is None or row.data_key is None else None


def _consent(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    return None if row.consents_version >= 1 else _paused("no_consent")


def _confirmed(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    """A suspect's letter waits, and its writer is not told: see ``holding``."""
    for status in (row.status, row.submission_status):
        if status == SupporterStatus.UNCONFIRMED:
            return _paused("not_confirmed")
        if status != SupporterStatus.CONFIRMED:
            return _cancelled(str(status))
    if row.standing != Standing.COUNTED:
        return Held(DeliveryStatus.QUEUED, None, SUSPECT_PAUSE)
    return None


def _constituent(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    return None if represents(row.seat, row.country, row.state, row.district) else NOT_CONSTITUENT


def _holder(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    hindrance = seats.hindrance(row.seat, row.target_id)
    return _paused(hindrance) if hindrance else None


def _lines(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    """The same member holds a district of the same number, which may be another place by now."""
    since = seats.lines_since(row.seat) if row.congress is not None else None
    return BY_OLD_LINES if since is not None and row.congress < since else None


def _campaign(row: Any, seats: Seats, controls: Controls) -> Held | None:  # noqa: ARG001
    """Letters of a closed campaign are still sent; those of one that is a draft again are not."""
    if row.campaign_status == "draft":
        return Held(DeliveryStatus.QUEUED, "campaign_draft", DRAFT_PAUSE)
    stopped = controls.hindrance(row.seat, row.campaign)
    return _paused(stopped) if stopped else None


NOT_CONSTITUENT = _paused("not_constituent")
BY_OLD_LINES = _paused(LINES_MOVED)
Gate = Callable[[Any, Seats, Controls], Held | None]
GATES: tuple[Gate, ...] = (
    _is_there,
    _consent,
    _confirmed,
    _constituent,
    _holder,
    _lines,
    _campaign,
)


def represents(seat: str, country: str, state: str | None, district: str | None) -> bool:
    """Whether the holder of a seat represents somebody who lives there."""
    chamber, _, place = seat.partition(":")
    if country != "US":
        return False
    if chamber == "house":
        return district is not None and district == place
    if chamber == "senate":
        return state is not None and state == place.partition(":")[0]
    return True


def held(row: Any, seats: Seats, controls: Controls, *, doubtful: bool) -> Held | None:
    """The first gate that is shut for a loaded row; None when the letter may go out.

    One that an office may already have is not called unsent: ``uncertain``, with the reason,
    unless it only waits.
    """
    found = next(filter(None, (gate(row, seats, controls) for gate in GATES)), None)
    if found is None or not doubtful:
        return found
    if found.status == DeliveryStatus.QUEUED or found.reason in OF_STOPS:
        return found
    return Held(DeliveryStatus.UNCERTAIN, found.reason)
