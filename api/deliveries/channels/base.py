"""The interface of a channel: it turns a letter into bytes once, and sends these bytes in every
attempt."""
# ruff: noqa: ARG002, B027 (what a channel need not say has an answer here, which looks at nothing)

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from api.campaigns.schema import Campaign
from api.deliveries.models import DeliveryStatus
from api.errors import FieldError
from api.supporters.vault import Address, Identity


@dataclass(frozen=True, slots=True)
class Content:
    """One letter as its writer approved it, with what an envelope needs.

    ``text`` is the whole letter, ``own_words`` and ``statement`` are its parts; ``edited``: the
    writer changed the statement. ``cause`` is the campaign in the version that was approved,
    ``campaign`` its slug; ``geocoded``: the address was looked up, and found in its district.
    """

    delivery_id: UUID
    letter_id: UUID
    seat: str
    to: str
    campaign: str
    subject: str
    text: str
    own_words: str
    statement: str
    edited: bool
    identity: Identity
    address: Address
    geocoded: bool
    cause: Campaign
    at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery. ``attempts`` counts this one too; ``doubts`` are the earlier attempts
    whose result is unknown, so that the other side may have the letter; ``trying_for`` is the time
    since the first attempt."""

    id: UUID
    letter_id: UUID
    seat: str
    payload: bytes
    attempts: int
    doubts: int
    trying_for: timedelta


class Pause(StrEnum):
    """What to stop until a person has looked at it: the whole channel, or the seat."""

    CHANNEL = "channel"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt. ``reason`` is a stable word without personal data.

    ``attempted`` is False when nothing was tried (a maintenance window, an outage on our side);
    ``unknown`` when the other side may have accepted it anyway; ``reroute`` when the office
    cannot be reached this way: the letter is handed to its writer, by a new delivery.
    """

    status: DeliveryStatus
    reason: str | None = None
    delay: timedelta = timedelta(0)
    attempted: bool = True
    unknown: bool = False
    reroute: bool = False
    pause: Pause | None = None


def closed(outgoing: Outgoing, wait: timedelta) -> Outcome:
    """The outcome for a letter that was not tried because its channel is closed for so long."""
    status = DeliveryStatus.RETRYING if outgoing.attempts > 1 else DeliveryStatus.QUEUED
    return Outcome(status, "closed", wait, attempted=False)


class Channel(ABC):
    """A way to an office, as this installation has it set up.

    ``requires`` names form fields that it cannot do without, ``first_status`` is what a new
    delivery begins as, and ``pace`` how many letters a second it takes from all workers together
    (None: any number). ``test`` is a stable word for the test that takes its letters in place of
    the offices, if one does; ``environment`` is which of its systems they go to, if it has several.
    ``checks_texts``: it has ``text_faults``; ``one_text``: a changed statement and the writer's own
    words share the room of one text.

    For operators, ``to`` says which offices it serves and ``how`` what becomes of a letter, as in
    "letters to {to} {how}"; ``outside`` says whether letters leave this machine.
    """

    name: str
    requires: tuple[str, ...] = ()
    first_status: DeliveryStatus = DeliveryStatus.QUEUED
    pace: float | None = None
    test: str | None = None
    environment: str | None = None
    checks_texts: bool = False
    one_text: bool = False
    to: str = ""
    how: str = ""
    outside: bool = True

    async def close(self) -> None:
        """Close its connections, at the end of the process."""

    def serves(self, seat: str) -> bool:
        """Whether this channel sends the letters to this seat."""
        return False

    def obstacle(self, seat: str, *, has_prefix: bool = True) -> str | None:
        """Why no letter to a seat that it serves can be sent through it, as a stable word, from
        what is known before there is a letter; None if it can."""
        return None

    def hindrance(self, content: Content) -> str | None:
        """Why this letter cannot be sent through it, as a stable word; None if it can."""
        return None

    def writer_faults(
        self, identity: Identity, address: Address, *, whole: bool
    ) -> list[FieldError]:
        """What it does not take of the writer's own fields, each named as in the form. Not
        ``whole``: what is missing is no fault yet."""
        return []

    def text_faults(
        self, subject: str, own_words: str, statement: str, *, edited: bool
    ) -> list[FieldError]:
        """What it does not take of a letter's texts, each named as a part of the letter."""
        return []

    def closed_until(self, now: datetime) -> datetime | None:
        """When it opens again, if it is closed at ``now``: for maintenance, or by its breaker."""
        return None

    @abstractmethod
    def prepare(self, content: Content) -> bytes:
        """The bytes that every attempt sends; stored, sealed, before the first one."""

    @abstractmethod
    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """One outcome for each of the batch, in its order; never raises for a single letter."""
