"""Compares the three ledgers as sets and names every difference."""

from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID

from api.security.tokens import token_digest
from tests.crash.ledgers import Received, Row, Stored, Told

# Statuses in which a row may rest; everything else would be work left undone.
FINAL_MAILS = {"sent", "suppressed"}
# Channel and state in which a delivery may rest, and how often its letter may have arrived then.
# A mail server does not recognise a repetition: what is in doubt is left to a person.
RESTING = {
    ("folder", "written"): {1},
    ("email", "sent"): {1},
    ("email", "uncertain"): {0, 1},
    ("cwc_house_sandbox", "written"): {1},
    ("cwc_senate_sandbox", "written"): {1},
    ("hand_over", "needs_user_action"): {0},
}
# What gave way to a newer letter of its writer certainly went nowhere.
REPLACED = ("cancelled", "replaced")


def compare(told: Told, received: Received, stored: Stored) -> list[str]:
    """Every breach of "nothing lost, nothing twice", as a sentence without personal data."""
    checks: tuple[Callable[[Told, Received, Stored], Iterator[str]], ...] = (
        _told_before,
        _forms,
        _confirmations,
        _gone,
        _mails,
        _letters,
        _deliveries,
        _counts,
    )
    return [breach for check in checks for breach in check(told, received, stored)]


def _told_before(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    yield from told.breaches


def _forms(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """Each acknowledged form is there, once a key; no form is there that nobody sent."""
    by_code: dict[str, list[Row]] = {}
    for row in stored.forms:
        by_code.setdefault(row["referral"], []).append(row)
        if row["id"] is None or row["status"] != row["submission_status"]:
            yield f"supporter {row['supporter_id']} and its submission disagree"
    keys = {row["id"] for row in stored.keys}
    for code, rows in by_code.items():
        most = 1 if code.startswith("keyed") else told.attempts.get(code, 0)
        if len(rows) > most:
            yield f"form {code} was stored {len(rows)} times"
        if code.startswith("keyed") and any(row["id"] not in keys for row in rows):
            yield f"form {code} is stored, its key is not"
    for code, answer in told.forms.items():
        found = {str(row["id"]): row for row in by_code.get(code, [])}.get(answer["id"])
        if found is None:
            yield f"form {code} was acknowledged and is lost"
        elif [x["id"] for x in found["letters"]] != [x["id"] for x in answer["letters"]]:
            yield f"form {code} was acknowledged with other letters"


def _confirmations(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """Each acknowledged confirmation holds: the token is used, its letters are on their way."""
    tokens = {bytes(row["hash"]): row for row in stored.tokens}
    forms = {row["supporter_id"]: row for row in stored.forms}
    letters = {row["id"]: row for row in stored.letters}
    words = _words(received, stored)
    for token, answers in told.confirmed.items():
        row = tokens.get(token_digest(token))
        if len({str(answer["letters"]) for answer in answers}) > 1:
            yield "a link was confirmed twice, with different letters"
        if row is None or row["used_at"] is None:
            yield "a link was confirmed, and is not used"
        elif forms[row["supporter_id"]]["status"] != "confirmed":
            yield f"supporter {row['supporter_id']} was confirmed, and is not"
        else:
            own = forms[row["supporter_id"]]
            for made in answers[0]["letters"]:
                letter = letters.get(UUID(made["id"]))
                if letter is None or letter["person_id"] != own["person_id"]:
                    yield f"letter {made['id']} was promised, and is not there"
                elif str(own["referral"]) not in words.get(letter["id"], str(own["referral"])):
                    yield f"letter {made['id']} was promised, and did not arrive as written"


def _words(received: Received, stored: Stored) -> dict[UUID, str]:
    """What arrived to be read, by letter; of messages to Congress there is a digest only."""
    mailed = {
        row["letter_id"]: received.mailed[row["id"]][0]
        for row in stored.deliveries
        if row["id"] in received.mailed
    }
    return {**received.letters, **mailed}


def _gone(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """Nobody was told "gone" of a link that the very same request had used up."""
    used = {bytes(row["hash"]) for row in stored.tokens if row["used_at"] is not None}
    for token in told.gone - told.confirmed.keys():
        if token_digest(token) in used:
            yield "a link was confirmed, and its owner was told that it is gone"


def _mails(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """Each mail row went out once by its id, or for a reason not at all; nothing else did."""
    rows = {row["id"]: row for row in stored.mails}
    for mail_id, arrivals in received.mails.items():
        if len({arrival.message_id for arrival in arrivals}) > 1:
            yield f"mail {mail_id} went out under two Message-IDs"
        if mail_id not in rows:
            yield f"mail {mail_id} went out, and no row knows it"
        elif not _says_sent(rows[mail_id]):
            yield f"mail {mail_id} went out, and its row is {rows[mail_id]['status']}"
    for row in stored.mails:
        if row["status"] not in FINAL_MAILS:
            yield f"mail {row['id']} is still {row['status']} ({row['reason']})"
        if row["status"] == "sent" and row["id"] not in received.mails:
            yield f"mail {row['id']} is sent by its row, and did not arrive"
    yield from _mails_of_forms(received, stored)


def _says_sent(row: Row) -> bool:
    """Sent by its row, or perhaps, when its reader was quicker than the lease of a dead worker."""
    return row["status"] == "sent" or str(row["reason"]).endswith("_after_attempt")


def _mails_of_forms(received: Received, stored: Stored) -> Iterator[str]:
    """Each form got its one mail, or its identical twin did; each confirmed one its receipt."""
    of: dict[UUID, dict[str, list[Row]]] = {}
    for row in stored.mails:
        of.setdefault(row["supporter_id"], {}).setdefault(row["kind"], []).append(row)
    twins = {
        row["form_hash"]
        for row in stored.forms
        for mail in of.get(row["supporter_id"], {}).get("confirmation", [])
        if mail["status"] == "sent"
    }
    for row in stored.forms:
        mails = of.get(row["supporter_id"], {})
        confirmations, receipts = mails.get("confirmation", []), mails.get("receipt", [])
        if len(confirmations) != 1 or len(receipts) != (row["status"] == "confirmed"):
            yield f"supporter {row['supporter_id']} has {len(confirmations)}+{len(receipts)} mails"
        elif row["status"] == "unconfirmed" and row["form_hash"] not in twins:
            yield f"form {row['referral']} waits, and nobody got a mail to confirm it"
    mailed = Counter(
        (row["supporter_id"], row["kind"]) for row in stored.mails if row["id"] in received.mails
    )
    yield from (
        f"supporter {who} got {n} mails of a kind" for (who, _), n in mailed.items() if n > 1
    )


def _letters(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """One letter per person and seat, except what was replaced, each with one delivery, and with
    its state; at most two persons an address."""
    living = [row for row in stored.letters if row["status"] != "cancelled"]
    seats = Counter((row["person_id"], row["seat"]) for row in living)
    yield from (f"person {who} wrote {n} letters to {s}" for (who, s), n in seats.items() if n > 1)
    people = Counter(bytes(row["email_hash"]) for row in stored.persons)
    yield from (f"an address became {n} persons" for n in people.values() if n > 2)
    deliveries = Counter(row["letter_id"] for row in stored.deliveries)
    forms = {row["id"]: row for row in stored.forms}
    for row in stored.letters:
        if forms[row["submission_id"]]["status"] != "confirmed":
            yield f"letter {row['id']} is of a form that nobody confirmed"
        if deliveries[row["id"]] != 1:
            yield f"letter {row['id']} has {deliveries[row['id']]} deliveries"
    states = {row["letter_id"]: row["status"] for row in stored.deliveries}
    for row in stored.letters:
        if row["status"] != states.get(row["id"]):
            yield f"letter {row['id']} is still {row['status']}"


def _deliveries(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """Each letter arrived by its channel as often as its state says; nothing else arrived."""
    seats = {row["id"]: row["seat"] for row in stored.letters}
    messages = Counter(received.messages)
    files = {
        letter
        for letter, text in received.letters.items()
        if text.startswith(f"Seat: {seats.get(letter)}\n")
    }
    known: set[UUID] = set()
    for row in stored.deliveries:
        id_, channel = row["id"], row["channel"]
        known |= {id_, row["letter_id"]}
        arrived = {
            "folder": int(row["letter_id"] in files),
            "email": len(received.mailed.get(id_, ())),
            "cwc_house_sandbox": messages["house", id_],
            "cwc_senate_sandbox": messages["senate", id_],
        }
        wanted = RESTING.get((channel, row["status"]))
        if (row["status"], row["reason"]) == REPLACED:
            wanted = {0}
        if wanted is None:
            yield f"delivery {id_} by {channel} is still {row['status']} ({row['reason']})"
        elif arrived.get(channel, 0) not in wanted:
            yield f"delivery {id_} by {channel} is {row['status']}, and arrived {arrived[channel]}x"
        if any(number for name, number in arrived.items() if name != channel):
            yield f"delivery {id_} by {channel} arrived another way"
    others = {*received.letters, *received.mailed, *(id_ for _, id_ in messages)} - known
    yield from (f"letter {letter} arrived, and no row knows it" for letter in others)


def _counts(told: Told, received: Received, stored: Stored) -> Iterator[str]:
    """The folded counts are what a recount gives."""
    if stored.deltas:
        yield f"{len(stored.deltas)} changes of counts are not folded"
    recount = {
        "forms": len(stored.forms),
        "supporters": len(stored.persons),
        "letters": sum(row["status"] != "cancelled" for row in stored.letters),
    }
    totals = {row["name"]: row["total"] for row in stored.totals}
    for name, number in recount.items():
        if totals.get(name, 0) != number:
            yield f"the count of {name} is {totals.get(name, 0)}, a recount gives {number}"
    confirmed = {row["person_id"] for row in stored.forms if row["status"] == "confirmed"}
    if confirmed != {row["id"] for row in stored.persons}:
        yield "persons and confirmed supporters differ"
