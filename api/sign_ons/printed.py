"""The open letter with everybody under it, on paper."""

from gettext import NullTranslations
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import statement_of
from api.counts.reader import Counts
from api.i18n import formats, translations
from api.printing.statement import PrintedNames, PrintedStatement
from api.sign_ons import listing
from api.sign_ons.countries import country_name
from api.sign_ons.handed_in import occasions
from api.sign_ons.listing import Signer, SigningOrganization
from api.sign_ons.service import HOME

MOST_NAMES = 50_000


async def compose(
    session: AsyncSession,
    published: PublishedCampaign,
    language: str,
    counts: Counts,
    locale_dir: Path,
) -> PrintedStatement:
    """The statement in one language with its signatories. Raises NotFound without a statement."""
    statement = statement_of(published, language)
    language = statement.language
    campaign, say = published.campaign, translations(locale_dir, language)
    form = campaign.sign_on
    assert form is not None
    organizations = await listing.organizations(session, published.slug, form)
    people = await listing.by_name(session, published.slug, None, MOST_NAMES)
    handed_in = await occasions(session, published.slug, form)
    note = say.gettext("Affiliations are given for identification only.")
    signers = signed(counts.by_name["organizations"], counts.by_name["persons"], language, say)
    day = counts.as_of.date()
    return PrintedStatement(
        title=campaign.title.get(language),
        language=language,
        to=say.gettext("Open letter to %(offices)s") % {"offices": _offices(published, say)},
        numbers=say.gettext("Signed by %(signers)s, as of %(date)s")
        % {"signers": signers, "date": formats.day(day, language)},
        text=statement.text,
        lists=[
            PrintedNames(say.gettext("Organizations"), list(map(_organization, organizations))),
            PrintedNames(
                say.gettext("People"),
                list(map(_person, people.signers)),
                note if form.affiliation else "",
            ),
        ],
        day=day,
        delivered=[
            say.gettext("Delivered to %(to)s on %(date)s.")
            % {"to": to, "date": formats.day(on, language)}
            for to, on in handed_in
        ],
    )


def _offices(published: PublishedCampaign, say: NullTranslations) -> str:
    """Offices as a sentence has them; the names of committees and members are their own."""
    named = {
        "president": say.gettext("the President of the United States"),
        "secretary-of-state": say.gettext("the Secretary of State of the United States"),
        "house": say.gettext("the House of Representatives"),
        "senate": say.gettext("the Senate"),
    }
    return ", ".join(named.get(name, name) for name in published.target_names)


def signed(organizations: int, persons: int, language: str, say: NullTranslations) -> str:
    """How many signed, as in "1 organization and 1,200 people"; nobody says "0 organizations"."""
    people = say.ngettext("%(number)s person", "%(number)s people", persons)
    people %= {"number": formats.number(persons, language)}
    if not organizations:
        return people
    groups = say.ngettext(
        "%(number)s organization and %(people)s",
        "%(number)s organizations and %(people)s",
        organizations,
    )
    return groups % {"number": formats.number(organizations, language), "people": people}


def _organization(each: SigningOrganization) -> str:
    country = None if each.country == HOME else country_name(each.country)
    return ", ".join(part for part in (each.name, country, each.representative) if part)


def _person(signer: Signer) -> str:
    return ", ".join(part for part in (signer.name, signer.affiliation, signer.place) if part)
