"""What an answer of a chamber's system means for the delivery, as one table."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.deliveries.channels.base import Outcome, Outgoing, Pause
from api.deliveries.channels.cwc.client import Answer, End
from api.deliveries.channels.cwc.rules import element_names
from api.deliveries.models import DeliveryStatus as Status

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=6)
FEWEST: Final = 6  # attempts before giving up; with our own backoff they take half an hour
# The reason of a letter that reached no office, by the test system that accepted it.
TESTS: Final = {"test": "test_system", "sandbox": "sandbox"}
NOT_LISTED: Final = "office_not_listed"
OUTCOME_UNKNOWN: Final = "outcome_unknown"
MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules for one chamber. ``deduplicates``: it refuses an id that it accepted before, so a
    retry is safe; else there are at most ``doubtful_retries`` after an attempt whose result is
    unknown. ``test`` names the test system or sandbox, whose acceptance means no office's; None
    for the real system."""

    test: str | None
    deduplicates: bool
    doubtful_retries: int
    give_up: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt with its answer; ``reason`` is the word that the table has for it."""

    reason: str
    answer: Answer
    outgoing: Outgoing
    terms: Terms


def accepted(attempt: Attempt) -> Outcome:
    """Accepted; by a test system this means that no office has it."""
    if attempt.terms.test is None:
        return Outcome(Status.ACCEPTED)
    return Outcome(Status.WRITTEN, attempt.terms.test)


def taken(attempt: Attempt) -> Outcome:
    """A success status whose body reports errors: a person has to find out what happened."""
    if attempt.answer.denied:
        return Outcome(Status.UNCERTAIN, attempt.reason, unknown=True)
    return accepted(attempt)


def known_before(attempt: Attempt) -> Outcome:
    """The id was accepted before: by an earlier attempt of ours, else a person has to find out."""
    if attempt.outgoing.attempts > 1 or attempt.outgoing.doubts:
        return accepted(attempt)
    return Outcome(Status.UNCERTAIN, attempt.reason, pause=Pause.CHANNEL)


def again(attempt: Attempt) -> Outcome:
    """Certainly not accepted this time: retry."""
    outgoing = attempt.outgoing
    if not _too_late(attempt):
        return Outcome(Status.RETRYING, attempt.reason, _delay(attempt))
    if outgoing.doubts:
        return Outcome(Status.UNCERTAIN, OUTCOME_UNKNOWN)
    return Outcome(Status.EXPIRED, attempt.reason)


def doubtful(attempt: Attempt) -> Outcome:
    """The other side may have accepted it: the result is unknown."""
    outgoing, terms = attempt.outgoing, attempt.terms
    too_often = not terms.deduplicates and outgoing.doubts >= terms.doubtful_retries
    if too_often or _too_late(attempt):
        return Outcome(Status.UNCERTAIN, attempt.reason, unknown=True)
    return Outcome(Status.RETRYING, attempt.reason, _delay(attempt), unknown=True)


def misconfigured(attempt: Attempt) -> Outcome:
    """A fault of our configuration: the letter waits, without using up attempts, until an operator
    has corrected it."""
    return Outcome(Status.RETRYING, attempt.reason, SHORTEST, attempted=False, pause=Pause.CHANNEL)


def elsewhere(attempt: Attempt) -> Outcome:
    """The office accepts no letters this way. An earlier attempt may have reached it anyway."""
    if attempt.outgoing.doubts:
        return Outcome(Status.UNCERTAIN, attempt.reason)
    return Outcome(Status.FAILED, attempt.reason, reroute=True)


def refused(attempt: Attempt) -> Outcome:
    """Refused permanently. An earlier attempt may have reached the office, and may be the reason
    for the refusal. ``reason`` names the elements that the answer mentions and nothing else, since
    the rest of the answer may quote personal data."""
    named = element_names(attempt.answer.texts)[:MOST_NAMED]
    status = Status.UNCERTAIN if attempt.outgoing.doubts else Status.FAILED
    return Outcome(status, ":".join(filter(None, (attempt.reason, "+".join(named)))))


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the table. ``says`` must be found in one of the answer's texts."""

    statuses: frozenset[int] | range
    act: Callable[[Attempt], Outcome]
    reason: str = ""
    says: re.Pattern[str] = re.compile("")

    def fits(self, answer: Answer) -> bool:
        texts = answer.texts or ("",)
        return answer.status in self.statuses and any(self.says.search(text) for text in texts)


MISMATCH: Final = re.compile(r"DeliveryAgent\s*Mismatch", re.IGNORECASE)
NOT_ENABLED: Final = re.compile(r"not enabled for", re.IGNORECASE)
# The first line that matches applies.
TABLE: Final = (
    Meaning(frozenset({200, 201, 202}), taken, "unclear_answer"),
    Meaning(frozenset({409}), known_before, "id_taken"),
    Meaning(frozenset({429}), again, "too_many_requests"),
    Meaning(frozenset({500}), again, "server_error"),
    Meaning(frozenset({502, 503}), again, "unavailable"),
    Meaning(frozenset({504}), doubtful, "no_answer_in_time"),
    Meaning(frozenset({401, 403}), misconfigured, "not_authorized"),
    Meaning(frozenset({415}), misconfigured, "media_type_refused"),
    Meaning(frozenset({400}), misconfigured, "agent_mismatch", MISMATCH),
    Meaning(frozenset({400}), elsewhere, NOT_LISTED, NOT_ENABLED),
    Meaning(frozenset({400}), refused, "schema_error"),
    Meaning(range(400, 500), refused, "refused"),
    Meaning(range(500, 600), again, "unexpected_answer"),
    Meaning(range(1000), doubtful, "unexpected_answer"),  # such as a redirect
)
WITHOUT_ANSWER: Final = {
    End.NOT_CONNECTED: (again, "not_connected"),
    End.BROKEN: (doubtful, "connection_broken"),
    End.TLS: (misconfigured, "tls_failure"),
}


def judge(answer: Answer, outgoing: Outgoing, terms: Terms) -> Outcome:
    """The outcome of one attempt."""
    if answer.end is End.ANSWERED:
        meaning = next(meaning for meaning in TABLE if meaning.fits(answer))
        act, reason = meaning.act, meaning.reason
    else:
        act, reason = WITHOUT_ANSWER[answer.end]
    return act(Attempt(reason, answer, outgoing, terms))


def may_not_try(outgoing: Outgoing, terms: Terms) -> Outcome | None:
    """Why a letter is not sent again, if too many of its attempts had an unknown result."""
    if terms.deduplicates or outgoing.doubts <= terms.doubtful_retries:
        return None
    return Outcome(Status.UNCERTAIN, OUTCOME_UNKNOWN, attempted=False)


def _too_late(attempt: Attempt) -> bool:
    """Whether to give up. It takes both enough time and enough attempts, so that no letter fails
    because of a long ``Retry-After`` or because its channel was stopped for days."""
    outgoing = attempt.outgoing
    late = outgoing.trying_for + pause_after(outgoing.attempts) >= attempt.terms.give_up
    return late and outgoing.attempts >= FEWEST


def _delay(attempt: Attempt) -> timedelta:
    """At least as long as ``Retry-After`` says, with jitter; without one our own backoff."""
    wanted = attempt.answer.retry_after
    if wanted is None:
        return pause_after(attempt.outgoing.attempts)
    return wanted * random.uniform(1.0, 1.1)  # noqa: S311 (jitter, no secret)


def pause_after(attempts: int) -> timedelta:
    """Exponential backoff from a minute to six hours, with jitter."""
    pause: timedelta = min(SHORTEST * 2 ** min(attempts - 1, 10), LONGEST)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (jitter, no secret)
