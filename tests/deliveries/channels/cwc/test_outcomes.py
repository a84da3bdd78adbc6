"""What each answer means, line by line, and that a doubt is never resolved by a guess."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from api.deliveries.channels.base import Outcome, Outgoing, Pause
from api.deliveries.channels.cwc.client import Answer, End, read_errors, read_retry_after
from api.deliveries.channels.cwc.outcomes import FEWEST, Terms, judge, may_not_try, pause_after
from api.deliveries.models import DeliveryStatus as Status

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SENATE = Terms(test=None, deduplicates=True, doubtful_retries=2, give_up=72 * HOUR)
HOUSE = Terms(test=None, deduplicates=False, doubtful_retries=2, give_up=72 * HOUR)
CHANNEL = Pause.CHANNEL


def outgoing(attempts: int = 1, doubts: int = 0, trying_for: timedelta = timedelta(0)) -> Outgoing:
    zero = UUID(int=0)
    return Outgoing(zero, zero, "house:CA-30", b"<CWC/>", attempts, doubts, trying_for)


def after(status: int, *texts: str, terms: Terms = SENATE, **before: Any) -> Outcome:
    return judge(Answer(End.ANSWERED, status, texts), outgoing(**before), terms)


def without(end: End, terms: Terms = SENATE, **before: Any) -> Outcome:
    return judge(Answer(end), outgoing(**before), terms)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_taken(status: int) -> None:
    assert after(status) == Outcome(Status.ACCEPTED)


@pytest.mark.parametrize("status", [200, 409])
def test_what_a_test_system_takes_is_written_and_not_accepted(status: int) -> None:
    terms = Terms(test="test_system", deduplicates=True, doubtful_retries=2, give_up=HOUR)
    assert after(status, terms=terms, attempts=2) == Outcome(Status.WRITTEN, "test_system")


@pytest.mark.parametrize("before", [{"attempts": 2}, {"attempts": 1, "doubts": 1}])
def test_an_id_that_it_has_was_taken_by_an_earlier_attempt(before: dict[str, Any]) -> None:
    assert after(409, **before) == Outcome(Status.ACCEPTED)
    assert after(409, terms=HOUSE, **before) == Outcome(Status.ACCEPTED)


def test_an_id_that_it_has_at_the_first_attempt_is_for_a_person() -> None:
    assert after(409) == Outcome(Status.UNCERTAIN, "id_taken", pause=CHANNEL)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, "too_many_requests"),
        (500, "server_error"),
        (502, "unavailable"),
        (503, "unavailable"),
        (507, "unexpected_answer"),
    ],
)
def test_again_later(status: int, reason: str) -> None:
    outcome = after(status)
    assert (outcome.status, outcome.reason) == (Status.RETRYING, reason)
    assert outcome.attempted
    assert not outcome.unknown
    assert 0.8 * MINUTE <= outcome.delay <= 1.2 * MINUTE


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (504, "no_answer_in_time"),
        (204, "unexpected_answer"),
        (302, "unexpected_answer"),
        (303, "unexpected_answer"),
    ],
)
def test_what_says_nothing_of_the_letter_is_a_doubt(status: int, reason: str) -> None:
    """A gateway gave up waiting, or something else answered: it may have been taken."""
    seen = [after(status, terms=HOUSE, attempts=n + 1, doubts=n) for n in range(3)]
    assert [each.status for each in seen] == [Status.RETRYING, Status.RETRYING, Status.UNCERTAIN]
    assert {(each.reason, each.unknown) for each in seen} == {(reason, True)}


@pytest.mark.parametrize("terms", [HOUSE, SENATE], ids=["house", "senate"])
def test_an_error_that_is_called_a_success_is_for_a_person(terms: Terms) -> None:
    answer = Answer(End.ANSWERED, 200, ("The 'City' element is invalid",), denied=True)
    outcome = judge(answer, outgoing(), terms)
    assert outcome == Outcome(Status.UNCERTAIN, "unclear_answer", unknown=True)


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (401, "", "not_authorized"),
        (403, "", "not_authorized"),
        (415, "", "media_type_refused"),
        (400, "DeliveryAgent Mismatch", "agent_mismatch"),
    ],
)
def test_a_configuration_pauses_the_chamber_and_charges_no_attempt(
    status: int, text: str, reason: str
) -> None:
    outcome = after(status, text)
    assert (outcome.status, outcome.reason) == (Status.RETRYING, reason)
    assert (outcome.attempted, outcome.pause) == (False, CHANNEL)


def test_a_certificate_that_is_wrong_pauses_the_chamber() -> None:
    outcome = without(End.TLS)
    assert (outcome.status, outcome.reason) == (Status.RETRYING, "tls_failure")
    assert (outcome.attempted, outcome.pause, outcome.unknown) == (False, CHANNEL, False)


def test_an_office_that_takes_none_is_rerouted_unless_it_may_have_the_letter() -> None:
    text = "Message delivery is not enabled for HDC98"
    assert after(400, text) == Outcome(Status.FAILED, "office_not_listed", reroute=True)
    doubtful = after(400, text, attempts=2, doubts=1)
    assert (doubtful.status, doubtful.reroute) == (Status.UNCERTAIN, False)


def test_a_schema_error_names_elements_and_quotes_nothing() -> None:
    texts = (
        "The 'City' element is invalid - The value 'Oz, near Ani Petrosyan' is invalid",
        'The "Email" element is invalid: ani@example.org',
        "The 'Secret' element is invalid",
    )
    assert after(400, *texts) == Outcome(Status.FAILED, "schema_error:City+Email")
    assert after(400, "Ani Petrosyan, 12 Main St") == Outcome(Status.FAILED, "schema_error")


@pytest.mark.parametrize("status", [404, 405, 413, 422])
def test_other_refusals_are_for_good(status: int) -> None:
    assert after(status) == Outcome(Status.FAILED, "refused")


def test_a_refusal_after_a_doubt_does_not_say_that_nothing_arrived() -> None:
    """It may be how a system says that it has the letter."""
    before: dict[str, Any] = {"attempts": 2, "doubts": 1, "terms": HOUSE}
    twice = after(400, "The 'DeliveryId' element is invalid", **before)
    assert twice == Outcome(Status.UNCERTAIN, "schema_error:DeliveryId")
    assert after(422, **before) == Outcome(Status.UNCERTAIN, "refused")


def test_where_ids_are_deduplicated_a_doubt_is_repeated_until_it_is_certain() -> None:
    for doubts in range(8):
        outcome = without(End.BROKEN, attempts=doubts + 1, doubts=doubts)
        assert (outcome.status, outcome.unknown) == (Status.RETRYING, True)
        assert may_not_try(outgoing(doubts + 2, doubts + 1), SENATE) is None


def test_where_they_are_not_two_retries_follow_at_most() -> None:
    seen = [without(End.BROKEN, HOUSE, attempts=n + 1, doubts=n).status for n in range(3)]
    assert seen == [Status.RETRYING, Status.RETRYING, Status.UNCERTAIN]
    assert may_not_try(outgoing(3, 2), HOUSE) is None
    refused = may_not_try(outgoing(4, 3), HOUSE)
    assert refused == Outcome(Status.UNCERTAIN, "outcome_unknown", attempted=False)


def test_no_retry_at_all_where_the_operator_wants_none() -> None:
    terms = Terms(test=None, deduplicates=False, doubtful_retries=0, give_up=HOUR)
    assert without(End.BROKEN, terms).status is Status.UNCERTAIN
    assert may_not_try(outgoing(2, 1), terms) is not None
    assert after(500, terms=terms).status is Status.RETRYING, "that is no doubt"


def test_a_refused_connection_certainly_took_nothing() -> None:
    outcome = without(End.NOT_CONNECTED, HOUSE, attempts=5)
    assert (outcome.status, outcome.unknown) == (Status.RETRYING, False)


def test_after_72_hours_it_ends_and_a_doubt_stays_one() -> None:
    late: dict[str, Any] = {"attempts": 20, "trying_for": 71.9 * HOUR}
    assert after(503, **late) == Outcome(Status.EXPIRED, "unavailable")
    assert after(503, **late, doubts=1) == Outcome(Status.UNCERTAIN, "outcome_unknown")
    broken = without(End.BROKEN, **late)
    assert (broken.status, broken.unknown) == (Status.UNCERTAIN, True)
    assert after(200, **late) == Outcome(Status.ACCEPTED)


def test_pauses_grow_from_a_minute_to_six_hours() -> None:
    middle = [sum(pause_after(n).total_seconds() for _ in range(200)) / 200 for n in range(1, 15)]
    assert 55 < middle[0] < 65
    assert all(later > earlier for earlier, later in pairwise(middle[:9]))
    assert max(pause_after(99) for _ in range(100)) <= 7.2 * HOUR
    assert len({pause_after(1) for _ in range(50)}) > 40, "jitter"


def test_retry_after_is_honoured_and_never_undercut() -> None:
    answer = Answer(End.ANSWERED, 429, (), timedelta(seconds=200))
    delays = [judge(answer, outgoing(), SENATE).delay.total_seconds() for _ in range(50)]
    assert 200 <= min(delays) <= max(delays) <= 220


def test_long_pauses_alone_end_no_letter() -> None:
    """Neither what an answer wanted, nor days in which its channel was stopped."""
    answer = Answer(End.ANSWERED, 503, (), timedelta(hours=72))
    first = judge(answer, outgoing(), SENATE)
    assert first.status is Status.RETRYING
    assert first.delay >= timedelta(hours=72)
    for attempts in range(2, FEWEST):
        again = judge(answer, outgoing(attempts, 0, first.delay), SENATE)
        assert again.status is Status.RETRYING
    assert judge(answer, outgoing(FEWEST, 0, first.delay), SENATE).status is Status.EXPIRED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("99999999999999999999", 72 * 3600),
        ("9" * 5000, None),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("٣", None),
    ],
)
def test_reading_retry_after(value: str | None, seconds: int | None) -> None:
    pause = read_retry_after(value, datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert (pause.total_seconds() if pause is not None else None) == seconds


def test_reading_errors() -> None:
    body = b"<Errors><Error>One\n thing</Error><Error>Another <b>one</b></Error></Errors>"
    assert read_errors(body) == ("One thing", "Another one")
    assert read_errors(b"<Errors xmlns='urn:x'><Error>One</Error></Errors>") == ("One",)
    assert read_errors(b"plain words") == ("plain words",)
    assert read_errors(b"<p>plain words</p>") == ("<p>plain words</p>",)
    assert read_errors(b"") == ()
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><E><Error>&x;</Error></E>'
    assert "root:" not in "".join(read_errors(bomb))
