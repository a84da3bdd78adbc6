"""The comparison has to see each kind of breach, or its silence proves nothing."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest

from api.security.tokens import token_digest
from tests.crash.compare import compare
from tests.crash.ledgers import Arrival, Received, Stored, Told

FORM, LETTER, MAIL, RECEIPT, PERSON, WHO, DELIVERY = (UUID(int=n) for n in range(1, 8))
TOKEN = "t" * 43
MADE = {"id": str(LETTER), "seat": "president"}


class World:
    """One form, acknowledged, confirmed and delivered: the three ledgers agree."""

    def __init__(self) -> None:
        self.told = Told(
            forms={"keyed-1": {"id": str(FORM), "letters": [MADE]}},
            attempts={"keyed-1": 3},
            confirmed={TOKEN: [{"letters": [MADE]}]},
        )
        mails = {
            MAIL: [Arrival("<1@localhost>", "confirm", TOKEN, 1.0)],
            RECEIPT: [Arrival("<2@localhost>", "me", "p" * 43, 2.0)],
        }
        self.received = Received(mails, {LETTER: "Seat: president\n\nI am keyed-1."})
        form = {"id": FORM, "letters": [MADE], "supporter_id": WHO, "referral": "keyed-1"}
        form |= {"person_id": PERSON, "form_hash": b"f"}
        form |= {"status": "confirmed", "submission_status": "confirmed"}
        letter = {"id": LETTER, "person_id": PERSON, "submission_id": FORM, "seat": "president"}
        sent = {"supporter_id": WHO, "status": "sent", "reason": None}
        self.stored = Stored(
            forms=[form],
            keys=[{"id": FORM}],
            persons=[{"id": PERSON, "email_hash": b"e"}],
            letters=[{**letter, "status": "written"}],
            deliveries=[
                {
                    "id": DELIVERY,
                    "letter_id": LETTER,
                    "channel": "folder",
                    "status": "written",
                    "reason": None,
                }
            ],
            mails=[
                {"id": MAIL, "kind": "confirmation", **sent},
                {"id": RECEIPT, "kind": "receipt", **sent},
            ],
            tokens=[{"hash": token_digest(TOKEN), "supporter_id": WHO, "used_at": "now"}],
            totals=[{"name": name, "total": 1} for name in ("forms", "supporters", "letters")],
            deltas=[],
        )

    @property
    def breaches(self) -> list[str]:
        return compare(self.told, self.received, self.stored)


def lose(rows: list[Any]) -> None:
    rows.clear()


def double(rows: list[Any], **changes: Any) -> None:
    rows.append({**deepcopy(rows[0]), **changes})


def gone(world: World) -> None:
    world.told.confirmed.clear()
    world.told.gone.add(TOKEN)


def mailed_twice(world: World) -> None:
    double(world.stored.mails, id=UUID(int=99))
    world.received.mails[UUID(int=99)] = world.received.mails[MAIL]


def never_mailed(world: World) -> None:
    world.stored.forms[0]["status"] = "unconfirmed"
    world.stored.mails[0].update(status="suppressed", reason="repeated")
    world.stored.mails.pop()


def by(world: World, channel: str, status: str, times: int = 0) -> None:
    """The letter goes by another channel, and arrives so many times."""
    world.stored.deliveries[0].update(channel=channel, status=status)
    world.stored.letters[0]["status"] = status
    world.received.letters.clear()
    if channel == "email" and times:
        world.received.mailed[DELIVERY] = ["I am keyed-1."] * times
    if channel.startswith("cwc"):
        world.received.messages = [(channel.split("_")[1], DELIVERY)] * times


def handed_over_and_sent(world: World) -> None:
    by(world, "hand_over", "needs_user_action")
    world.received.messages.append(("house", DELIVERY))


RESTS = [
    ("email", "sent", 1),
    ("email", "uncertain", 0),
    ("email", "uncertain", 1),
    ("cwc_house_sandbox", "written", 1),
    ("cwc_senate_sandbox", "written", 1),
    ("hand_over", "needs_user_action", 0),
]


@pytest.mark.parametrize(("channel", "status", "times"), RESTS)
def test_what_arrived_as_its_state_says_is_no_breach(channel: str, status: str, times: int) -> None:
    world = World()
    by(world, channel, status, times)
    assert world.breaches == []


BREACHES: dict[str, Callable[[World], Any]] = {
    "and is lost": lambda w: w.told.forms["keyed-1"].update(id=str(UUID(int=99))),
    "with other letters": lambda w: w.told.forms["keyed-1"].update(letters=[]),
    "was stored 2 times": lambda w: double(w.stored.forms, id=UUID(int=99)),
    "its key is not": lambda w: lose(w.stored.keys),
    "disagree": lambda w: w.stored.forms[0].update(submission_status="unconfirmed"),
    "and is not used": lambda w: w.stored.tokens[0].update(used_at=None),
    "was confirmed, and is not": lambda w: w.stored.forms[0].update(status="discarded"),
    "is not there": lambda w: lose(w.stored.letters),
    "did not arrive as written": lambda w: w.received.letters.update({LETTER: "Seat: president\n"}),
    "confirmed twice": lambda w: w.told.confirmed[TOKEN].append({"letters": []}),
    "told that it is gone": gone,
    "under two Message-IDs": lambda w: w.received.mails[MAIL].append(
        Arrival("<9@localhost>", "confirm", TOKEN, 3.0)
    ),
    "went out, and no row knows it": lambda w: w.stored.mails.pop(0),
    "its row is suppressed": lambda w: w.stored.mails[0].update(status="suppressed"),
    "is still sending": lambda w: w.stored.mails[0].update(status="sending"),
    "sent by its row, and did not arrive": lambda w: w.received.mails.pop(MAIL),
    "has 1+2 mails": lambda w: double(w.stored.mails, id=UUID(int=99), kind="receipt"),
    "got 2 mails": mailed_twice,
    "nobody got a mail to confirm it": never_mailed,
    "wrote 2 letters to president": lambda w: double(w.stored.letters, id=UUID(int=99)),
    "became 3 persons": lambda w: w.stored.persons.extend([*w.stored.persons] * 2),
    "has 2 deliveries": lambda w: double(w.stored.deliveries),
    "is still queued": lambda w: w.stored.letters[0].update(status="queued"),
    "folder is still retrying": lambda w: w.stored.deliveries[0].update(status="retrying"),
    "written, and arrived 0x": lambda w: w.received.letters.clear(),
    "arrived another way": lambda w: w.received.mailed.update({DELIVERY: ["keyed-1"]}),
    "sent, and arrived 0x": lambda w: by(w, "email", "sent"),
    "sent, and arrived 2x": lambda w: by(w, "email", "sent", 2),
    "uncertain, and arrived 2x": lambda w: by(w, "email", "uncertain", 2),
    "by cwc_house_sandbox is written, and arrived 0x": lambda w: by(
        w, "cwc_house_sandbox", "written"
    ),
    "written, and arrived 2x": lambda w: by(w, "cwc_senate_sandbox", "written", 2),
    "cwc_house_sandbox is still uncertain": lambda w: by(w, "cwc_house_sandbox", "uncertain", 1),
    "hand_over arrived another way": handed_over_and_sent,
    "arrived, and no row knows it": lambda w: w.received.letters.update({UUID(int=99): ""}),
    "that nobody confirmed": lambda w: w.stored.forms[0].update(status="discarded"),
    "are not folded": lambda w: w.stored.deltas.append({"id": 1}),
    "a recount gives 1": lambda w: w.stored.totals[0].update(total=2),
    "persons and confirmed supporters differ": lambda w: lose(w.stored.persons),
    "answered in two ways": lambda w: w.told.breaches.append("form x was answered in two ways"),
}


def test_ledgers_that_agree_have_no_breach() -> None:
    assert World().breaches == []


@pytest.mark.parametrize("breach", BREACHES)
def test_each_breach_is_seen(breach: str) -> None:
    world = World()
    BREACHES[breach](world)
    assert any(breach in found for found in world.breaches), world.breaches
