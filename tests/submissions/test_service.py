"""The main path without HTTP: what a campaign takes, what an approval holds, what is stored."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.database.session import transaction
from api.errors import (
    CampaignClosed,
    DomainError,
    InvalidInput,
    LetterChanged,
    NotFound,
    NotYourTarget,
)
from api.partners.models import Partner
from api.partners.registry import add_partner
from api.services import Published, Services, now
from api.submissions import approval
from api.submissions.forms import PreviewForm, SubmissionForm
from api.submissions.service import IsOpenLetter, Preview
from api.supporters.vault import Edit
from tests.app_fixtures import CAMPAIGN, Body
from tests.sign_ons.signing import LETTER, opened

SIGNED = "release-pows"  # takes names under a statement beside its letters, without affiliations
Form = Callable[..., Body]


async def submit(services: Services, body: Body, slug: str = CAMPAIGN) -> Any:
    """The form as it is stored; ``statement`` is the digest of what was signed beside it."""
    answer = await services.submissions.submit(slug, SubmissionForm.model_validate(body))
    async with transaction(services.engine) as session:
        query = text("""
            SELECT s.*, b.*, o.statement FROM submissions b JOIN supporters s ON s.id = supporter_id
            LEFT JOIN sign_ons o ON o.supporter_id = s.id WHERE b.id = :id
        """)
        return (await session.execute(query, {"id": json.loads(answer)["id"]})).one()


def preview(services: Services, body: Body, slug: str = CAMPAIGN) -> Preview:
    return services.submissions.preview(slug, PreviewForm.model_validate(without_email(body)))


def without_email(body: Body) -> Body:
    supporter = {name: value for name, value in body["supporter"].items() if name != "email"}
    kept = {name: value for name, value in body.items() if name not in {"approval", "consents"}}
    return {**kept, "supporter": supporter}


def change(services: Services, bundle: Body | None = None, **campaign: Any) -> None:
    """The campaign's file says something else than the shipped one."""
    bundle = {**services.published.catalog.get(CAMPAIGN).bundle, **(bundle or {})}
    bundle["campaign"] = {**bundle["campaign"], **campaign}
    campaigns = {**services.published.catalog.campaigns, CAMPAIGN: PublishedCampaign(bundle)}
    services.published = Published(services.published.directory, Catalog(campaigns))


def errors(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refused.value.fields]


def approved(services: Services, body: Body, **changes: Any) -> Body:
    """The form with its approval, of which something may be another one's."""
    known = approval.verify(services.keys, preview(services, body).approval)
    assert known is not None
    fields = {name: getattr(known, name) for name in known.__dataclass_fields__}
    signed = approval.sign(services.keys, approval.Approval(**{**fields, **changes}))
    return {**body, "approval": signed}


@pytest.mark.parametrize(
    ("opens", "closes", "refusal"),
    [(timedelta(days=2), None, NotFound), (timedelta(days=-9), timedelta(days=-2), CampaignClosed)],
)
async def test_a_campaign_takes_letters_while_it_is_open(
    services: Services,
    form: Form,
    opens: timedelta,
    closes: timedelta | None,
    refusal: type[DomainError],
) -> None:
    today = now().date()
    change(
        services,
        opens=(today + opens).isoformat(),
        closes=(today + closes).isoformat() if closes else None,
    )
    with pytest.raises(refusal):
        preview(services, form())
    if refusal is CampaignClosed:
        assert services.submissions.targets(CAMPAIGN, "91204", "CA-30").targets, "still readable"


async def test_an_open_letter_takes_no_letters(services: Services, form: Form) -> None:
    with pytest.raises(IsOpenLetter):
        preview(services, form(), LETTER)


async def test_a_language_in_which_a_campaign_is_not_offered(
    services: Services, form: Form
) -> None:
    change(services, languages=["en", "hy"])
    assert preview(services, form({"language": "hy"})).drafts
    with pytest.raises(InvalidInput) as refused:
        preview(services, form({"language": "es"}))
    assert errors(refused) == [("language", "not_offered")]


async def test_a_statement_is_signed_as_its_campaign_offers_it(
    services: Services, form: Form
) -> None:
    plain, affiliated = (
        form({"sign_on": {"display": "name", **more}}) for more in ({}, {"affiliation": "A. Co."})
    )
    assert (await submit(services, plain, SIGNED)).statement is not None
    assert (await submit(services, form({"story": "No."}), SIGNED)).statement is None
    with pytest.raises(InvalidInput) as refused:
        await submit(services, affiliated, SIGNED)
    assert errors(refused) == [("sign_on.affiliation", "not_asked")]
    services.published = opened(services.published, SIGNED, affiliation=True)
    assert (await submit(services, affiliated, SIGNED)).statement is not None
    services.published = opened(services.published, SIGNED, persons=False, organizations=True)
    with pytest.raises(InvalidInput) as refused:
        await submit(services, plain, SIGNED)
    assert errors(refused) == [("sign_on", "not_offered")]
    with pytest.raises(InvalidInput) as refused:
        await submit(services, plain)
    assert errors(refused) == [("sign_on", "not_offered")]


async def test_what_each_letter_says_is_stored_with_its_form(
    services: Services, form: Form
) -> None:
    """Of an edited campaign, too: no start of a process has stored its texts."""
    templates = services.published.catalog.get(CAMPAIGN).bundle["templates"]
    edited = {name: f"{words}\n\nPlease do." for name, words in templates.items()}
    change(services, bundle={"templates": edited})
    row = await submit(services, form())
    async with transaction(services.engine) as session:
        query = text("SELECT count(*) FROM letter_texts WHERE digest = ANY(:digests)")
        wanted = [letter["text"] for letter in row.letters]
        assert await session.scalar(query, {"digests": wanted}) == len(wanted) == 4


async def test_edits_and_own_words_are_stored_for_their_office(
    services: Services, form: Form
) -> None:
    edits = [
        {"seat": "president", "own_words": "Only for you.", "subject": "A plain request"},
        {"seat": "senate:CA:1"},  # nothing is edited
    ]
    row = await submit(services, form({"story": "My own words.", "letters": edits}))
    words = services.vault.open_form(row.data_key, row.supporter_id).words(row.words, row.id)
    assert words.own == "My own words."
    assert words.edits == {"president": Edit(subject="A plain request", own_words="Only for you.")}


async def test_an_edit_is_of_one_of_the_writers_offices_and_each_once(
    services: Services, form: Form
) -> None:
    with pytest.raises(NotYourTarget):
        preview(services, form({"letters": [{"seat": "senate:TX:1", "own_words": "Hello."}]}))
    twice = [{"seat": "president", "own_words": words} for words in ("Once.", "Twice.")]
    with pytest.raises(InvalidInput) as refused:
        preview(services, form({"letters": twice}))
    assert errors(refused) == [("letters", "doubled")]


async def test_a_form_is_stored_with_the_campaigns_partner_and_no_other(
    services: Services, form: Form
) -> None:
    async with transaction(services.engine) as session:
        known = Partner(slug="acme", name="Acme", origins=["https://acme.example.org"])
        await add_partner(session, known, actor="test")
    await services.submissions.partners.read()
    assert (await submit(services, form({"partner": "acme"}))).partner == "acme"
    assert (await submit(services, form({"partner": "other"}))).partner is None


async def test_the_basis_of_a_district_is_stored_where_one_is_known(
    services: Services, form: Form
) -> None:
    assert (await submit(services, form())).district_basis == "zip"
    split = form({"district": "MA-5"}, zip="02138", city="Cambridge")
    assert (await submit(services, split)).district_basis == "stated"
    only_state = form({"district": None}, zip="02138", city="Cambridge")
    row = await submit(services, only_state, "accountability-after-2023")
    assert (row.district, row.district_basis) == (None, None)


class TestApproval:
    async def test_its_version_is_stored_even_where_every_text_is_the_same(
        self, services: Services, form: Form
    ) -> None:
        row = await submit(services, approved(services, form(), bundle="b1:older"))
        assert row.bundle == "b1:older"
        row = await submit(services, approved(services, form({"story": "Another."})))
        assert row.bundle == services.published.catalog.get(CAMPAIGN).bundle_digest

    @pytest.mark.parametrize(
        "changes",
        [
            {"campaign": "real-peace"},
            {"demands": ("another",)},
            {"place": "another"},
            {"letters": ()},
            {"at": int((now() - timedelta(hours=25)).timestamp())},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    async def test_one_that_does_not_fit_is_answered_with_the_letters_as_they_are(
        self, services: Services, form: Form, changes: Body
    ) -> None:
        with pytest.raises(LetterChanged) as refused:
            await submit(services, approved(services, form(), **changes))
        again = {**form(), "approval": refused.value.extra["approval"]}
        assert await submit(services, again)

    async def test_one_of_a_text_that_is_not_known_any_more_is_refused(
        self, services: Services, form: Form
    ) -> None:
        known = approval.verify(services.keys, preview(services, form()).approval)
        assert known is not None
        gone = approval.Shown(known.letters[0].seat, known.letters[0].holder, "lt1:gone")
        with pytest.raises(LetterChanged):
            await submit(services, approved(services, form(), letters=(gone, *known.letters[1:])))
