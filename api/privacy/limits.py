"""How long each kind of data may stay, as moments before now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from api.settings import Settings
from api.supporters.waiting import LONGEST

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """Data older than these moments has expired (the project's retention table).

    Rows keep the hour of their form only. ``forms`` counts from that hour's end, since the mail
    promises its reader the whole time, and so does ``held``, for forms whose mail is delayed; every
    other limit counts from its beginning, so that nothing is ever kept longer than was promised.
    """

    now: datetime
    forms: datetime
    held: datetime
    clients: datetime
    words: datetime
    personal: datetime

    @classmethod
    def at(cls, now: datetime, settings: Settings) -> Self:
        lives = timedelta(hours=settings.retention_unconfirmed_hours)
        return cls(
            now=now,
            forms=now - lives - HOUR,
            held=now - max(lives, LONGEST) - HOUR,
            clients=now - timedelta(days=settings.retention_client_days),
            words=now - timedelta(days=settings.retention_words_days),
            personal=now - timedelta(days=settings.retention_personal_days),
        )
