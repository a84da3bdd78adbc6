"""Letters on paper: who they are from and to, and on what they rest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import httpx
import pytest

from api.letters.places import place_name
from api.printing.press import print_letter
from api.services import Published
from api.submissions.drafts import Draft, make_draft
from api.submissions.printed import (
    Grounds,
    address_lines,
    grounds_of,
    printed_letter,
    recipient_lines,
)
from api.supporters.vault import Address, Edit
from api.targets.models import Target
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.printing.pdf import Pdf, squeezed

DAY = date(2026, 3, 9)
HOME = Address("91204", "CA", "Glendale", "620 North Brand Boulevard")


def draft_of(published: Published, seat: str, story: str = "", edit: Edit | None = None) -> Draft:
    campaign = published.catalog.campaigns[CAMPAIGN]
    text = campaign.text(seat, campaign.default_demands)
    return make_draft(text, place_name(HOME.city, "CA"), story, edit)


def target_of(published: Published, seat: str) -> Target:
    fixed = published.catalog.campaigns[CAMPAIGN].fixed_targets
    found = {target.seat: target for target in fixed}.get(seat)
    found = found or published.directory.seat(seat, DAY)
    assert found
    return found


@pytest.fixture(scope="module")
def grounds(published: Published) -> Grounds:
    return grounds_of(published.catalog.campaigns[CAMPAIGN].bundle)


def test_a_member_is_honored_and_written_to_at_the_office(published: Published) -> None:
    target = target_of(published, "house:CA-30")
    lines = recipient_lines(draft_of(published, "house:CA-30"), target)
    assert lines[:2] == (f"The Honorable {target.name}", "U.S. House of Representatives")
    assert "\n".join(lines[2:]) == target.postal_address
    senator = recipient_lines(
        draft_of(published, "senate:CA:1"), target_of(published, "senate:CA:1")
    )
    assert senator[1] == "United States Senate"


def test_the_president_is_written_to_by_the_office(published: Published) -> None:
    target = target_of(published, "president")
    lines = recipient_lines(draft_of(published, "president"), target)
    assert lines[:2] == ("The President", "The White House")


def test_an_office_without_a_known_holder_is_named_once(published: Published) -> None:
    campaign = published.catalog.campaigns["sanction-officials"]
    text = campaign.text("secretary-of-state", campaign.default_demands)
    target = next(t for t in campaign.fixed_targets if t.seat == "secretary-of-state")
    draft = make_draft(replace(text, name="The Secretary of State"), "Glendale", "", None)
    assert recipient_lines(draft, target)[:2] == (
        "The Secretary of State",
        "U.S. Department of State",
    )
    known = make_draft(replace(text, name="Rosa Example"), "Glendale", "", None)
    assert recipient_lines(known, target)[:2] == (
        "The Honorable Rosa Example",
        "Secretary of State",
    )


def test_a_successor_never_gets_the_letter(published: Published) -> None:
    """The chamber does, under the name that the letter was written to."""
    draft = draft_of(published, "house:CA-30")
    successor = replace(target_of(published, "house:CA-30"), id="X000001", name="Somebody Else")
    expected = (
        f"The Honorable {draft.text.name}",
        "U.S. House of Representatives",
        "Washington, DC 20515",
    )
    assert recipient_lines(draft, successor) == expected
    assert recipient_lines(draft, None) == expected


def test_the_sender_has_as_much_of_an_address_as_is_known() -> None:
    assert address_lines(HOME) == ("620 North Brand Boulevard", "Glendale, CA 91204")
    assert address_lines(Address("91204", "CA")) == ("CA 91204",)


def test_sources_are_named_once_with_publisher_and_date(
    published: Published, grounds: Grounds
) -> None:
    draft = draft_of(published, "house:CA-30")
    target = target_of(published, "house:CA-30")
    letter = printed_letter(draft, "Ani Petrosyan", HOME, target, grounds, DAY)
    cited = {grounds.dossier.facts[fact].source for fact in draft.text.cites}
    assert len(letter.sources) == len(cited) > 2
    imprints = {source.title: source.imprint for source in letter.sources}
    memorandum = grounds.dossier.sources["waiver-memorandum-2025"]
    assert imprints[memorandum.title].startswith(memorandum.publisher)
    assert imprints[memorandum.title].endswith("August 8, 2025")


def test_sources_of_facts_that_the_writer_took_out_are_not_named(
    published: Published, grounds: Grounds
) -> None:
    claim = grounds.dossier.facts["waiver-terms"].claim
    edit = Edit(statement=f"I live here.\n\n{claim}\n\nPlease write.")
    draft = draft_of(published, "house:CA-30", edit=edit)
    letter = printed_letter(draft, "Ani Petrosyan", HOME, None, grounds, DAY)
    source = grounds.dossier.sources[grounds.dossier.facts["waiver-terms"].source]
    assert [printed.title for printed in letter.sources] == [source.title]


def test_paper_says_what_was_approved(published: Published, grounds: Grounds) -> None:
    story = "My grandmother was born in Shushi.\n\nI have her key."
    edit = Edit(subject="A subject of my own")
    draft = draft_of(published, "house:CA-30", story, edit)
    target = target_of(published, "house:CA-30")
    found = Pdf(
        print_letter(printed_letter(draft, "Անի Պետրոսյան", HOME, target, grounds, DAY))
    ).squeezed
    for piece in ("A subject of my own", *draft.body.split("\n"), "Անի Պետրոսյան", "March 9, 2026"):
        assert squeezed(piece) in found.replace("’", "'")  # noqa: RUF001 the print's apostrophe


async def test_a_supporter_prints_their_letter_and_nobody_elses(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    story = "My grandmother was born in Stepanakert."
    body = form({"story": story}, street="620 North Brand Boulevard")
    await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    await outbox.work()
    token = outbox.tokens("confirm")[0]
    confirmed = (await client.post("/api/v1/confirmations", json={"token": token})).json()
    await outbox.work()
    page = outbox.tokens("me")[-1]
    ids = [letter["id"] for letter in confirmed["letters"]]

    answer = await client.get(f"/me/{page}/letters/{ids[0]}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert "Ani" not in answer.headers["content-disposition"]
    found = Pdf(answer.content).squeezed
    for piece in (story, "Ani Petrosyan", "620 North Brand Boulevard", "Glendale, CA 91204"):
        assert squeezed(piece) in found

    assert (await client.get(f"/me/{page}/letters/{ids[0]}")).status_code == 200
    strange = "00000000-0000-7000-8000-000000000000"
    assert (await client.get(f"/me/{page}/letters/{strange}.pdf")).status_code == 404
    assert (await client.get(f"/me/x{page[1:]}x/letters/{ids[0]}.pdf")).status_code == 410
