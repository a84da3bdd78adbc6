# ruff: noqa: RUF001 (Armenian has marks of its own)
"""The open letter with everybody under it, on paper."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import statement_of
from api.counts.reader import Counts
from api.i18n import formats
from api.printing.statement import PrintedNames, PrintedStatement
from api.sign_ons import listing
from api.sign_ons.countries import country_name
from api.sign_ons.handed_in import occasions
from api.sign_ons.listing import Signer, SigningOrganization
from api.sign_ons.service import HOME

MOST_NAMES = 50_000

# Office names as a sentence has them; those of committees and members are their own.
_OFFICES = {
    "en": {
        "president": "the President of the United States",
        "secretary-of-state": "the Secretary of State",
        "house": "the House of Representatives",
        "senate": "the Senate",
    },
    "hy": {
        "president": "ԱՄՆ նախագահին",
        "secretary-of-state": "ԱՄՆ պետքարտուղարին",
        "house": "Ներկայացուցիչների պալատին",
        "senate": "Սենատին",
    },
    "es": {
        "president": "el Presidente de los Estados Unidos",
        "secretary-of-state": "la Secretaría de Estado",
        "house": "la Cámara de Representantes",
        "senate": "el Senado",
    },
}
_WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "to": "Open letter to",
        "numbers": "Signed by {signed}, as of {day}",
        "persons": ("{} person", "{} people"),
        "and organizations": ("{} organization and ", "{} organizations and "),
        "organizations": "Organizations",
        "people": "People",
        "affiliations": "Affiliations are given for identification only.",
        "delivered": "Delivered to {to} on {day}.",
    },
    "hy": {
        "to": "Բաց նամակ՝ ուղղված",
        "numbers": "Ստորագրել են {signed}՝ առ {day}",
        "persons": ("{} մարդ", "{} մարդ"),
        "and organizations": ("{} կազմակերպություն և ", "{} կազմակերպություն և "),
        "organizations": "Կազմակերպություններ",
        "people": "Անհատներ",
        "affiliations": "Աշխատավայրերը նշված են միայն ինքնությունը պարզելու համար։",
        "delivered": "Հանձնվել է՝ {to}, {day}։",
    },
    "es": {
        "to": "Carta abierta a:",
        "numbers": "Firmada por {signed}, al {day}",
        "persons": ("{} persona", "{} personas"),
        "and organizations": ("{} organización y ", "{} organizaciones y "),
        "organizations": "Organizaciones",
        "people": "Personas",
        "affiliations": "Las afiliaciones se indican solo a título de identificación.",
        "delivered": "Entregada a {to} el {day}.",
    },
}


async def compose(
    connection: AsyncConnection, published: PublishedCampaign, language: str, counts: Counts
) -> PrintedStatement:
    """The statement in one language with its signatories. Raises NotFound without a statement."""
    statement = statement_of(published, language)
    campaign, words = published.campaign, _WORDS[statement.language]
    form = campaign.sign_on
    assert form is not None
    organizations = await listing.organizations(connection, published.slug, form)
    people = await listing.by_name(connection, published.slug, None, MOST_NAMES)
    offices = _OFFICES[statement.language]
    day, to = counts.as_of.date(), [offices.get(name, name) for name in published.target_names]
    said = formats.day(day, statement.language)
    return PrintedStatement(
        title=campaign.title.get(statement.language),
        language=statement.language,
        to=f"{words['to']} {', '.join(to)}",
        numbers=words["numbers"].format(
            signed=signed(
                counts.by_name["organizations"], counts.by_name["persons"], statement.language
            ),
            day=said,
        ),
        text=statement.text,
        lists=[
            PrintedNames(words["organizations"], [_organization(each) for each in organizations]),
            PrintedNames(
                words["people"],
                [_person(signer) for signer in people.signers],
                words["affiliations"] if form.affiliation else "",
            ),
        ],
        day=day,
        delivered=[
            words["delivered"].format(to=to, day=formats.day(on, statement.language))
            for to, on in await occasions(connection, published.slug, form)
        ],
    )


def signed(organizations: int, persons: int, language: str) -> str:
    """How many signed, as in "1 organization and 1,200 people"; nobody says "0 organizations"."""
    words, said = _WORDS[language], ""
    for noun, number in (("and organizations", organizations), ("persons", persons)):
        one, many = words[noun]
        if number or noun == "persons":
            said += (one if number == 1 else many).format(formats.number(number, language))
    return said


def _organization(each: SigningOrganization) -> str:
    country = None if each.country == HOME else country_name(each.country)
    return ", ".join(part for part in (each.name, country, each.representative) if part)


def _person(signer: Signer) -> str:
    return ", ".join(part for part in (signer.name, signer.affiliation, signer.place) if part)
