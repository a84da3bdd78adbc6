"""The three ledgers of a run: what clients were told, what arrived, what the database says."""

import re
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from api.database.connection import connect_kwargs

Row = dict[str, Any]
LINK = re.compile(r"/(confirm|me)/([A-Za-z0-9_-]{43})\b")


@dataclass
class Told:
    """What the API answered. ``attempts`` are the POSTs of a form, by its referral code."""

    forms: dict[str, Row] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    confirmed: dict[str, list[Row]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    breaches: list[str] = field(default_factory=list)
    # When each good answer to a POST was asked for, and when it came (monotonic seconds).
    answered: list[tuple[float, float]] = field(default_factory=list)
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail with its link; ``at`` is when it came (seconds since the epoch)."""

    message_id: str
    page: str
    token: str
    at: float


@dataclass
class Received:
    """What the other side got: mails by their ids, letters as files by their own ids, as mails
    by their deliveries' ids, and as messages to House or Senate (chamber, delivery)."""

    mails: dict[UUID, list[Arrival]] = field(default_factory=dict)
    letters: dict[UUID, str] = field(default_factory=dict)
    mailed: dict[UUID, list[str]] = field(default_factory=dict)
    messages: list[tuple[str, UUID]] = field(default_factory=list)

    def take_mail(self, message: Message, at: float) -> Arrival:
        found = LINK.search(plain_text(message))
        assert found is not None
        name = str(message["Message-ID"])
        arrival = Arrival(name, found[1], found[2], at)
        self.mails.setdefault(UUID(name.strip("<>").partition("@")[0]), []).append(arrival)
        return arrival

    def read_letters(self, folder: Path) -> None:
        for file in folder.glob("*.txt"):
            self.letters[UUID(file.stem)] = file.read_text()


def plain_text(message: Message) -> str:
    parts = (part for part in message.walk() if part.get_content_type() == "text/plain")
    words = next(parts).get_payload(decode=True)
    assert isinstance(words, bytes)
    return words.decode()


QUERIES = {
    "forms": """
        SELECT b.id, b.letters, s.id AS supporter_id, s.referral, s.status, s.person_id,
               s.form_hash, b.status AS submission_status
        FROM supporters s LEFT JOIN submissions b ON b.supporter_id = s.id
    """,
    "keys": "SELECT submission_id AS id FROM idempotency WHERE submission_id IS NOT NULL",
    "persons": "SELECT id, email_hash FROM persons",
    "letters": "SELECT id, person_id, submission_id, seat, status FROM letters",
    "deliveries": "SELECT id, letter_id, channel, status, reason FROM deliveries",
    "mails": "SELECT id, supporter_id, kind, status, reason FROM mails",
    "tokens": "SELECT hash, supporter_id, purpose, used_at FROM tokens",
    "totals": "SELECT name, sum(total) AS total FROM count_totals GROUP BY name",
    "deltas": "SELECT id FROM count_deltas",
}


@dataclass
class Stored:
    """What the database holds: one list of rows per table."""

    forms: list[Row]
    keys: list[Row]
    persons: list[Row]
    letters: list[Row]
    deliveries: list[Row]
    mails: list[Row]
    tokens: list[Row]
    totals: list[Row]
    deltas: list[Row]

    @classmethod
    def read(cls, url: str) -> "Stored":
        with psycopg.connect(**connect_kwargs(url)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
            return cls(**{n: cursor.execute(q).fetchall() for n, q in QUERIES.items()})
