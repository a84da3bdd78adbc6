"""Every state and reason that the code can write has a sentence of its own, and none of these
claims more than is known."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api
from api.deliveries import transitions
from api.deliveries.channels.base import Outcome, Outgoing
from api.deliveries.channels.cwc import outcomes
from api.deliveries.channels.cwc.client import Answer, End
from api.deliveries.models import DeliveryStatus as Status
from api.mail.smtp import PERMANENT_REPLIES
from api.pages.state_reasons import BY_REASON, family, state_of
from api.pages.states import STATES
from api.supporters.models import SupporterStatus

ROOT = Path(api.__file__).parent
WRITERS = ("deliveries", "privacy", "confirmation")
IN_SQL = re.compile(r"reason = '([a-z_]+)'")
# Words that are names of something else where a reason could stand, or a mail's reason.
NO_REASONS = {"suppressed", "demo", "listed"}


def _from_source() -> set[str]:
    """Every word that stands in the code where a delivery's reason is written."""
    found: set[str] = set()
    for folder in WRITERS:
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text()
            found |= {word for word in IN_SQL.findall(source) if word}
            found |= set(_called(ast.parse(source)))
    return found - NO_REASONS


def _called(tree: ast.AST) -> Iterator[str]:
    """Constants given as the reason to whatever makes an outcome."""
    places = {"Outcome": 1, "Held": 1, "Route": 2, "_paused": 0, "_cancelled": 0, "closed": 9}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = node.args[places.get(node.func.id, 9) :][:1]
            yield from (
                a.value
                for a in given
                if isinstance(a, ast.Constant) and isinstance(a.value, str) and a.value
            )


def _judged() -> Iterator[tuple[Status, str]]:
    """What the table of a chamber's answers comes to, first tries and late ones alike."""
    from datetime import timedelta
    from uuid import uuid4

    hours = timedelta(hours=1)
    answers = [Answer(End.ANSWERED, status=s, texts=(t,)) for s in range(200, 600) for t in TEXTS]
    answers += [Answer(End.ANSWERED, status=200, denied=True)]
    answers += [Answer(end) for end in End if end is not End.ANSWERED]
    for attempts, doubts, trying in ((1, 0, 0), (9, 0, 99), (2, 1, 1), (9, 3, 99)):
        outgoing = Outgoing(uuid4(), uuid4(), "house:CA-30", b"", attempts, doubts, trying * hours)
        for test in (None, *outcomes.TESTS.values()):
            terms = outcomes.Terms(test, False, 2, 72 * hours)
            for answer in answers:
                yield from _told(outcomes.judge(answer, outgoing, terms))


TEXTS = ("", "DeliveryAgent Mismatch", "not enabled for", "element 'City' is wrong")


def _told(outcome: Outcome) -> Iterator[tuple[Status, str]]:
    if outcome.reason:
        yield outcome.status, outcome.reason


def _mailed() -> Iterator[tuple[Status, str]]:
    """A mail server's replies, at each stage."""
    lost = [f"{stage}_{end}" for stage in ("sender", "recipient") for end in LOST]
    for reason in ("connect_421", "connect_timeout", "connect_failed", *lost):
        yield Status.RETRYING, reason
        yield Status.EXPIRED, reason
    for end in LOST:
        yield Status.UNCERTAIN, f"content_{end}"
    for stage in ("sender", "recipient", "content"):
        yield Status.RETRYING, f"{stage}_451_4.3.0"
        yield Status.EXPIRED, f"{stage}_451_4.3.0"
    for stage in PERMANENT_REPLIES:
        yield Status.FAILED, f"{stage}_550_5.1.1"
    yield Status.UNCERTAIN, "content_250"
    yield Status.FAILED, "smtputf8_unsupported"


LOST = ("timeout", "disconnected")


def _gated() -> Iterator[tuple[Status, str]]:
    """What the gates hold."""
    held: tuple[str, ...] = ("no_consent", "not_confirmed", "not_constituent", "lines_moved")
    held += transitions.OF_SEATS
    for reason in held:
        yield Status.PAUSED, reason
        yield Status.UNCERTAIN, reason
    for reason in transitions.OF_STOPS:
        yield Status.PAUSED, reason
    gone = ("erased", "withdrawn", "discarded", "expired")
    assert {s for s in SupporterStatus if s not in {"unconfirmed", "confirmed"}} == set(gone)
    for reason in gone:
        yield Status.CANCELLED, reason
        yield Status.UNCERTAIN, reason
    yield Status.QUEUED, "campaign_draft"


def _moved() -> Iterator[tuple[Status, str]]:
    """What the table of moves says."""
    for move in transitions.MOVES.values():
        if move.reason and move.reason != transitions.UNCHANGED:
            yield from ((end, move.reason) for end in move.ends)


OTHER = {
    (Status.QUEUED, "closed"),
    (Status.RETRYING, "closed"),
    (Status.RETRYING, "offices_unknown"),
    *((Status.RETRYING, code) for code in ("key_missing", "seal_broken", "key_ring")),
    *((Status.NEEDS_USER_ACTION, r) for r in ("no_access", "no_email", "no_prefix", "not_valid")),
    (Status.NEEDS_USER_ACTION, "office_not_listed"),
    (Status.FAILED, "office_not_listed"),
    (Status.UNCERTAIN, "outcome_unknown"),
}
EVERY = sorted({*_judged(), *_mailed(), *_gated(), *_moved(), *OTHER})


def test_every_reason_in_the_code_is_among_them() -> None:
    known = {family(reason) for _, reason in EVERY} | {reason for _, reason in EVERY}
    assert _from_source() - known == set()


@pytest.mark.parametrize(("status", "reason"), EVERY)
def test_every_state_with_a_reason_has_a_sentence(status: Status, reason: str) -> None:
    assert (status, family(reason)) in BY_REASON


def test_every_state_has_one() -> None:
    assert set(STATES) == set(Status)


def test_no_sentence_is_there_for_what_nothing_writes() -> None:
    written = {(status, family(reason)) for status, reason in EVERY}
    assert set(BY_REASON) - written == set()


MAY_HAVE = ("may have arrived", "if it arrived", "no clear answer")


@pytest.mark.parametrize(("status", "reason"), [pair for pair in EVERY if pair[0] == "uncertain"])
def test_what_is_uncertain_is_never_called_unsent(status: Status, reason: str) -> None:
    assert any(words in state_of(status, reason)["sentence"] for words in MAY_HAVE)


BLAMES = ("office's system", "office takes", "only from your own hands")
OURS = (
    *("not_authorized", "media_type_refused", "agent_mismatch", "tls_failure"),
    *("key_missing", "seal_broken", "key_ring"),
)


@pytest.mark.parametrize("reason", OURS)
def test_a_fault_of_ours_is_not_the_office_s(reason: str) -> None:
    sentence = state_of(Status.RETRYING, reason)["sentence"]
    assert "on our side" in sentence
    assert not any(words in sentence for words in BLAMES)


@pytest.mark.parametrize("reason", ["no_access", "no_email", None])
def test_an_office_is_not_blamed_for_what_this_site_cannot_do(reason: str | None) -> None:
    sentence = state_of(Status.NEEDS_USER_ACTION, reason)["sentence"]
    assert not any(words in sentence for words in BLAMES[:1] + BLAMES[2:])


@pytest.mark.parametrize("status", [Status.NEEDS_USER_ACTION, Status.UNCERTAIN])
def test_without_its_words_no_step_is_promised(status: Status) -> None:
    state = state_of(status, None, words=False)
    assert not state["step"]
    assert "below" not in state["sentence"]
    assert "could not be sent" not in state["sentence"]
