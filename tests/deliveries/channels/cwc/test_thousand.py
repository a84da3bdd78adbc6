"""A thousand forms for each chamber: what we would send is valid by a second opinion, and what
that would refuse is refused here first, with the form's field named."""

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, get_args

import pytest

from api.campaigns.schema import BillType
from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, Chamber
from api.deliveries.channels.cwc.channel import CwcChannel
from api.deliveries.channels.cwc.message import message_values, render
from api.deliveries.channels.cwc.offices import code_of
from api.errors import FieldError, InvalidInput
from api.services import Published
from api.submissions.forms import Prefix, SubmissionForm
from api.submissions.parsing import parse_fields
from api.supporters.vault import Address
from api.targets.days import eastern_today
from tests.deliveries.channels.cwc.grammar import complaints
from tests.deliveries.channels.cwc.messages import bill, campaign, content
from tests.deliveries.channels.sandboxed import unreached

NUMBER: Final = 1000
BILL_TYPES: Final = get_args(BillType)
PREFIXES: Final = get_args(get_args(Prefix)[0])
HOSTILE: Final = (
    *("<b>&amp;</b>", "]]>", "<![CDATA[x]]>", "<!DOCTYPE x>", "O'Brien-Smith", '"quoted"'),
    *("Ծովինար", "José Ñandú", "王小明", "🕊️🇦🇲", "e\u0301", "x" * 99, "  padded  "),
    *("a\x00b", "a\x0bb", "\x1b[31m", "a\ud800b", "\ufffe", "\u202eevil", "tab\there", "a\r\nb"),
    *("=?utf-8?q?x?=", "&#0;", "&xxe;", "%s{0}", "\u00a0", "\u200b", "a\u2028b", "\x85"),
)


@dataclass(frozen=True)
class Verdict:
    """What became of one form: refused by these fields, or a message."""

    fields: list[str]
    message: bytes | None
    complaints: list[str]


def text_of(chance: random.Random, least: int, most: int) -> str:
    """Text about as long as a limit, plain or hostile, sometimes blank."""
    kind = chance.random()
    length = max(0, chance.choice((least - 1, least, least + 1, most - 1, most, most + 1, 40)))
    if kind < 0.2:
        return chance.choice(HOSTILE)
    if kind < 0.25:
        return chance.choice(("", " " * 8, "\n\n", "\t"))
    alphabet = "abc de,.\n" if most > 1000 else "abc defghij"
    return (alphabet * (length // len(alphabet) + 1))[:length]


def typed(chance: random.Random, plain: str, least: int, most: int) -> str:
    return plain if chance.random() < 0.75 else text_of(chance, least, most)


def make_form(chance: random.Random, seat: str) -> dict[str, Any]:
    """The body of a submission: mostly good, with something odd here and there."""
    supporter = {
        "given_name": typed(chance, "Ani", 1, 100),
        "family_name": typed(chance, "Petrosyan", 1, 100),
        "email": typed(chance, "ani+test@example.org", 3, 60),
        "prefix": chance.choice((*PREFIXES, *PREFIXES, "Mx.", "mr.")),
        "street": typed(chance, "12 Main St", 3, 200),
        "city": typed(chance, chance.choice(("Glendale", "Ely", "Oz", "St. Louis")), 3, 100),
        "zip": chance.choice(("91204", "91204", "91204-1234", "00601")),
        "phone": chance.choice((None, "(818) 555-0123", "8185550123", "555-0123", "12")),
    }
    edit: dict[str, str] = {"seat": seat}
    if chance.random() < 0.3:
        edit["subject"] = text_of(chance, 6, 500)
    if chance.random() < 0.3:
        edit["own_words"] = text_of(chance, 6, 10_000)
    if chance.random() < 0.3:
        edit["statement"] = text_of(chance, 6, 10_000)
    edits = [edit] if len(edit) > 1 else []
    story = "" if chance.random() < 0.5 else text_of(chance, 6, 1500)
    return {"supporter": supporter, "story": story, "letters": edits}


def judged(channel: CwcChannel, form: SubmissionForm, seat: str, side: dict[str, Any]) -> Verdict:
    """What the product makes of a parsed form, and the second opinion on it."""
    state = seat.replace(":", "-").split("-")[1]
    zip_code = form.supporter.zip[:5]
    address = Address(zip_code, state, form.supporter.city, form.supporter.street)
    edit = form.letters[0] if form.letters else None
    letter = content(
        seat=seat,
        identity=form.supporter.identity(),
        address=address,
        cause=campaign(**side),
        edited=edit is not None and edit.statement is not None,
    )
    parts = {name: getattr(edit, name, None) for name in ("subject", "own_words", "statement")}
    parts["own_words"] = form.story if parts["own_words"] is None else parts["own_words"]
    letter = content(
        **{name: getattr(letter, name) for name in ("seat", "identity", "address", "cause")},
        edited=letter.edited,
        **{name: text for name, text in parts.items() if text is not None},
    )
    faults: list[FieldError] = channel.writer_faults(letter.identity, address, whole=True)
    texts = (letter.subject, letter.own_words, letter.statement)
    fields = [fault.field for fault in faults]
    fields += [str(f.field) for f in channel.text_faults(*texts, edited=letter.edited)]
    message = render(message_values(letter, channel.chamber, channel.settings))
    if not fields:
        assert channel.prepare(letter) == message
    return Verdict(fields, message, complaints(message, channel.chamber.name))


@pytest.mark.parametrize("chamber", [HOUSE, SENATE], ids=["house", "senate"])
def test_all_that_is_sent_is_valid_and_all_else_is_refused_by_field(
    chamber: Chamber, published: Published
) -> None:
    chance = random.Random(f"{chamber.name} 2026")
    channel = unreached(chamber)
    seats = [t.seat for t in published.directory.seats(eastern_today()) if code_of(t.seat)]
    seats = [seat for seat in seats if seat.startswith(chamber.name)]
    sides: list[dict[str, Any]] = [{}, *({"bill": bill(kind)} for kind in BILL_TYPES)]
    sides += [{"bill": bill("hr"), "position": way} for way in ("pro", "con")]
    found: Counter[str] = Counter()
    offices: set[str | None] = set()
    named: list[str] = []
    while found["sent"] < NUMBER:
        seat = chance.choice(seats)
        try:
            form = parse_fields(SubmissionForm, make_form(chance, seat))
        except InvalidInput as error:
            named += [wrong.field for wrong in error.fields]
            continue
        verdict = judged(channel, form, seat, chance.choice(sides))
        assert bool(verdict.fields) == bool(verdict.complaints), verdict
        found["refused by the chamber's rules" if verdict.fields else "sent"] += 1
        offices.add(code_of(seat))
    assert found["refused by the chamber's rules"] > NUMBER / 10, found
    assert len(named) > NUMBER / 10
    assert all(re.match(r"(supporter\.|story$|letters\.0\.)", field) for field in named)
    assert len(offices) > 90


def test_the_second_opinion_refuses_what_is_wrong() -> None:
    """It would be no opinion if it took everything."""
    good = render(message_values(content(), HOUSE, unreached(HOUSE).settings)).decode()
    assert complaints(good.encode(), "house") == []
    wrong = {
        "hyphens": (r"<DeliveryId>\w{8}", r"\g<0>-"),
        "short id": (r"(<DeliveryId>)\w", r"\1"),
        "senate office": ("HCA30", "SCA01"),
        "two letters": ("Glendale</City>", "Oz</City>"),
        "space": ("91204<", "91204 <"),
        "state": (">CA<", ">AE<"),
        "topic": ("International Affairs", "Foreign affairs"),
        "unknown": ("<Recipient>", "<Recipient><Extra/>"),
        "attribute": ("<Recipient>", "<Recipient a='b'>"),
        "order": (r"(<Recipient>.*</Recipient>)\s*(<Constituent>.*</Constituent>)", r"\2\1"),
        "bare bill": ("<LibraryOfCongressTopics>", r"<Bill/>\g<0>"),
        "undecided": ("</Subject>", r"\g<0><ProOrCon>Undecided</ProOrCon>"),
        "no text": (r"(?s)<OrganizationStatement>.*</ConstituentMessage>", ""),
        "no prefix": ("<Prefix>Ms.</Prefix>", ""),
        "texts swapped": (
            r"(<OrganizationS.*</OrganizationStatement>)\s*(<ConstituentM.*</ConstituentMessage>)",
            r"\2\1",
        ),
    }
    for name, (pattern, instead) in wrong.items():
        spoiled = re.sub(pattern, instead, good, count=1, flags=re.DOTALL)
        assert spoiled != good, name
        assert complaints(spoiled.encode(), "house"), name
