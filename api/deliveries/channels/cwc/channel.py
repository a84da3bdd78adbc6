"""One chamber as a channel: checks a letter, makes its message, sends it, reads the answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from api import metrics
from api.deliveries.channels.base import Channel, Content, Outcome, Outgoing, closed
from api.deliveries.channels.cwc import rules
from api.deliveries.channels.cwc.breaker import CircuitBreaker
from api.deliveries.channels.cwc.chambers import Chamber, CwcMisconfigured
from api.deliveries.channels.cwc.client import CwcClient
from api.deliveries.channels.cwc.message import (
    constituent_values,
    message_values,
    render,
    text_values,
)
from api.deliveries.channels.cwc.offices import OfficeLists
from api.deliveries.channels.cwc.outcomes import NOT_LISTED, TESTS, Terms, judge, may_not_try
from api.deliveries.channels.cwc.windows import Window, closed_until, read_windows
from api.deliveries.channels.hand_over import NOT_VALID
from api.deliveries.models import DeliveryStatus as Status
from api.errors import FieldError
from api.settings import ChamberSettings
from api.supporters.vault import Address, Identity

log = structlog.get_logger()

NO_LIST: Final = timedelta(minutes=5)
NO_PREFIX: Final = "no_prefix"
# What operators are told of its letters, by the system that takes them.
HOW: Final = {
    "production": "are sent to {host}, for the offices on its list",
    "test": "go to the test system at {host}, and to no office",
    "sandbox": "go to the sandbox at {host}, and to no office",
}


@dataclass
class CwcChannel(Channel):
    """House or Senate, in one environment. A test system or sandbox is a channel of its own, by
    name: what was meant for one is never sent to the other. Raises CwcMisconfigured for invalid
    windows."""

    chamber: Chamber
    settings: ChamberSettings
    client: CwcClient
    offices: OfficeLists
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    requires = ("prefix", "street", "city")
    checks_texts = True
    one_text = True

    def __post_init__(self) -> None:
        self.name = channel_name(self.chamber, self.settings)
        self.environment = self.settings.system
        self.pace = self.settings.pace
        self.test = TESTS.get(self.settings.system)
        self.to = f"the {self.chamber.said}"
        self.how = HOW[self.settings.system].format(host=self.client.host)
        # A test system reaches no office, and is somebody else's all the same.
        self.outside = self.settings.system != "sandbox"
        self.windows = self._windows()
        self.terms = Terms(
            test=self.test,
            deduplicates=self.settings.deduplicates,
            doubtful_retries=self.settings.doubtful_retries,
            give_up=timedelta(hours=self.settings.give_up_hours),
        )

    def _windows(self) -> tuple[Window, ...]:
        try:
            return read_windows(self.settings.windows)
        except ValueError as error:
            setting = f"UNDERSIGNED_CWC_{self.chamber.name.upper()}_WINDOWS"
            raise CwcMisconfigured(f"{setting}: {error}.") from None

    def closed_until(self, now: datetime) -> datetime | None:
        """The end of a maintenance window, or of the circuit breaker's pause in an outage."""
        opens = closed_until(self.windows, now)
        left = self.breaker.left
        return opens or (now + left if left else None)

    def reaches(self, seat: str) -> bool:
        """Whether the office takes letters this way, as far as is known: what is sent is looked
        up in a list of today before it goes."""
        return self.offices.reaches(self.name, seat) is not False

    def serves(self, seat: str) -> bool:
        return seat.partition(":")[0] == self.chamber.name

    def obstacle(self, seat: str, *, has_prefix: bool = True) -> str | None:
        if not self.reaches(seat):
            return NOT_LISTED
        return None if has_prefix else NO_PREFIX

    def writer_faults(
        self, identity: Identity, address: Address, *, whole: bool
    ) -> list[FieldError]:
        """A missing prefix is no fault: its letter goes into its writer's own hands, so that
        nothing else is asked of it."""
        if whole and identity.prefix is None:
            return []
        values = constituent_values(identity, address, geocoded=False)
        given = {name: value for name, value in values.items() if value is not None}
        found = self._part(rules.CONSTITUENT, given, whole=whole)
        return [
            FieldError(f"supporter.{fault.field}", fault.code, fault.message, fault.params)
            for fault in found
            if fault.field and not (fault.field == "prefix" and fault.code == "required")
        ]

    def text_faults(
        self, subject: str, own_words: str, statement: str, *, edited: bool
    ) -> list[FieldError]:
        values = {"Subject": subject, **text_values(own_words, statement, edited=edited)}
        given = {name: value for name, value in values.items() if value is not None}
        found = self._part(rules.MESSAGE, given, whole=True)
        return [
            FieldError(fault.field, fault.code, fault.message, fault.params)
            for fault in found
            if fault.field
        ]

    def hindrance(self, content: Content) -> str | None:
        obstacle = self.obstacle(content.seat, has_prefix=content.identity.prefix is not None)
        if obstacle is not None:
            return obstacle
        faults = self._faults(content)
        if faults:
            log.error("cwc.not_valid", channel=self.name, paths=[fault.path for fault in faults])
            return NOT_VALID
        return None

    def prepare(self, content: Content) -> bytes:
        """Raises ValueError for a letter with a ``hindrance``."""
        faults = self._faults(content)
        if faults:
            raise ValueError(", ".join(fault.path for fault in faults))
        return render(message_values(content, self.chamber, self.settings))

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        if not self.offices.is_fresh(self.name):
            await self.offices.refresh(self.name)
        return list(await asyncio.gather(*(self._send(outgoing) for outgoing in batch)))

    async def _send(self, outgoing: Outgoing) -> Outcome:
        held = self._listed(outgoing) or may_not_try(outgoing, self.terms)
        if held is not None:
            return held
        if not self.breaker.admits():
            return closed(outgoing, self.breaker.left)
        answer = await self.client.post(outgoing.payload)
        outcome = judge(answer, outgoing, self.terms)
        if self.breaker.record(doubtful=outcome.unknown):
            seconds = self.breaker.length.total_seconds()
            log.warning("cwc.rests", channel=self.name, seconds=seconds)
            metrics.channel_rests(self.name)
        if outcome.reason == NOT_LISTED:
            await self.offices.refresh(self.name)
        return outcome

    def _listed(self, outgoing: Outgoing) -> Outcome | None:
        """Why a letter is not sent to this office; None when a list of today has it."""
        listed = self.offices.reaches(self.name, outgoing.seat)
        if listed:
            return None
        if listed is None:
            return Outcome(Status.RETRYING, "offices_unknown", NO_LIST, attempted=False)
        if outgoing.doubts:  # an earlier attempt may have reached it
            return Outcome(Status.UNCERTAIN, NOT_LISTED, attempted=False)
        return Outcome(Status.FAILED, NOT_LISTED, attempted=False, reroute=True)

    def _part(self, group: rules.Group, values: rules.Values, *, whole: bool) -> list[rules.Fault]:
        return rules.part_faults(group, values, self.chamber.name, self.chamber.said, whole=whole)

    def _faults(self, content: Content) -> list[rules.Fault]:
        values = message_values(content, self.chamber, self.settings)
        return rules.faults(values, self.chamber.name, self.chamber.said)


def channel_name(chamber: Chamber, settings: ChamberSettings) -> str:
    name = f"cwc_{chamber.name}"
    return name if settings.system == "production" else f"{name}_{settings.system}"
