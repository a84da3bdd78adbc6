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
FEWEST: Final = 6  # attempts before one is given up; by our own pauses half an hour's
# By what takes the messages: the reason of a letter that reached no office.
TESTS: Final = {"test": "test_system", "sandbox": "sandbox"}
NOT_LISTED: Final = "office_not_listed"
OUTCOME_UNKNOWN: Final = "outcome_unknown"
MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """How one chamber is dealt with. ``deduplicates``: it refuses an id that it took before, so
    that a repetition is safe; else at most ``doubtful_retries`` follow an attempt whose end is
    unknown. ``test`` names the test system or sandbox, whose acceptance is no office's; None for
    the real system."""

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
    """A test system's acceptance is no office's."""
    if attempt.terms.test is None:
        return Outcome(Status.ACCEPTED)
    return Outcome(Status.WRITTEN, attempt.terms.test)


def taken(attempt: Attempt) -> Outcome:
    """What is called taken, and speaks of errors all the same, is a person's to find out."""
    if attempt.answer.denied:
        return Outcome(Status.UNCERTAIN, attempt.reason, unknown=True)
    return accepted(attempt)


def known_before(attempt: Attempt) -> Outcome:
    """The id was taken before: by an earlier attempt, else by what a person has to find out."""
    if attempt.outgoing.attempts > 1 or attempt.outgoing.doubts:
        return accepted(attempt)
    return Outcome(Status.UNCERTAIN, attempt.reason, pause=Pause.CHANNEL)


def again(attempt: Attempt) -> Outcome:
    """Certainly not taken this time."""
    outgoing = attempt.outgoing
    if not _too_late(attempt):
        return Outcome(Status.RETRYING, attempt.reason, _delay(attempt))
    if outgoing.doubts:
        return Outcome(Status.UNCERTAIN, OUTCOME_UNKNOWN)
    return Outcome(Status.EXPIRED, attempt.reason)


def doubtful(attempt: Attempt) -> Outcome:
    """The other side may have it."""
    outgoing, terms = attempt.outgoing, attempt.terms
    too_often = not terms.deduplicates and outgoing.doubts >= terms.doubtful_retries
    if too_often or _too_late(attempt):
        return Outcome(Status.UNCERTAIN, attempt.reason, unknown=True)
    return Outcome(Status.RETRYING, attempt.reason, _delay(attempt), unknown=True)


def misconfigured(attempt: Attempt) -> Outcome:
    """Not this letter's fault: it waits until somebody has put it right, and pays nothing."""
    return Outcome(Status.RETRYING, attempt.reason, SHORTEST, attempted=False, pause=Pause.CHANNEL)


def elsewhere(attempt: Attempt) -> Outcome:
    """The office takes none this way. An earlier attempt may have reached it all the same."""
    if attempt.outgoing.doubts:
        return Outcome(Status.UNCERTAIN, attempt.reason)
    return Outcome(Status.FAILED, attempt.reason, reroute=True)


def refused(attempt: Attempt) -> Outcome:
    """For good; an earlier attempt may have reached it all the same, and may be why. The reason
    has the elements that the answer names, and nothing else of it, since what it quotes may be
    personal."""
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
# The first line that fits counts.
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
    """Why a letter is not sent once more, where enough of its attempts ended in doubt."""
    if terms.deduplicates or outgoing.doubts <= terms.doubtful_retries:
        return None
    return Outcome(Status.UNCERTAIN, OUTCOME_UNKNOWN, attempted=False)


def _too_late(attempt: Attempt) -> bool:
    """Whether it was tried long enough, and often enough: no letter ends for a long ``Retry-After``
    or because its channel was paused for days."""
    outgoing = attempt.outgoing
    late = outgoing.trying_for + pause_after(outgoing.attempts) >= attempt.terms.give_up
    return late and outgoing.attempts >= FEWEST


def _delay(attempt: Attempt) -> timedelta:
    """As long as the other side wants, never less and not all at once; else as long as we do."""
    wanted = attempt.answer.retry_after
    if wanted is None:
        return pause_after(attempt.outgoing.attempts)
    return wanted * random.uniform(1.0, 1.1)  # noqa: S311 (jitter, no secret)


def pause_after(attempts: int) -> timedelta:
    """From a minute to six hours, doubled each time, with jitter."""
    pause: timedelta = min(SHORTEST * 2 ** min(attempts - 1, 10), LONGEST)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (jitter, no secret)
