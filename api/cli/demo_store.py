"""Stores the invented people of ``undersigned demo``.

Their forms pass the services that real ones pass, and are confirmed as real ones are. All of one
person is one transaction: no worker ever sees a mail or a letter of theirs that is to be sent.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, exists, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.published import PublishedCampaign
from api.cli.demo_people import DAYS, ORGANIZATIONS, Inventor, happens
from api.database.session import session_scope
from api.deliveries.by_hand import report_done
from api.deliveries.transitions import count, move
from api.letters.models import Letter
from api.mail.models import Mail, MailStatus
from api.services import Services, now
from api.sign_ons import organizations
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.sign_ons.models import Organization, Review, SignOn
from api.sign_ons.moderation import Moderation
from api.sign_ons.review import Reviewing
from api.submissions.forms import SubmissionForm
from api.submissions.intake import AcceptedForm, Finish, Intake
from api.submissions.intake_sql import STORE
from api.submissions.models import Submission
from api.supporters.models import Person, Supporter
from api.supporters.tokens import Purpose, mint

ACTOR = "demo"
# How letters went, and how often of a hundred: sent by a channel, waiting for their writer, sent
# by their writer. None is left for a worker to send.
BY_SEAT = {"house": "cwc_house", "senate": "cwc_senate"}
WAYS = (("email", False), ("hand_over", False), ("hand_over", True))
CHANCES = (70, 20, 10)

BY = text("""
    UPDATE deliveries d SET channel = c.channel
    FROM unnest(CAST(:ids AS uuid[]), CAST(:channels AS text[])) AS c(letter_id, channel)
    WHERE d.letter_id = c.letter_id
""")
# The counts that this very transaction appended belong to the hour of its form.
BACKDATE_COUNTS = text("""
    UPDATE count_deltas SET hour = date_trunc('hour', CAST(:at AS timestamptz))
    WHERE xmin = pg_current_xact_id()::xid
""")


class _Collector(Intake):
    """Takes the form that a service made, instead of storing it."""

    def __init__(self) -> None:
        self.form: AcceptedForm | None = None

    async def put(self, finish: Finish) -> bytes:
        self.form = finish()
        return self.form.answer


def open_campaigns(services: Services) -> list[PublishedCampaign]:
    found = services.published.catalog.campaigns.values()
    return [published for published in found if published.state(now()) == "open"]


async def invent(
    services: Services, published: PublishedCampaign, people: int
) -> AsyncIterator[bool]:
    """Invent the people of one campaign, one by one; False for who is there already."""
    inventor = Inventor(published, services.published.directory)
    offered = published.campaign.sign_on
    if published.campaign.kind == "letters" or (offered and offered.persons):
        for number in range(people):
            yield await _add(
                services, published.slug, inventor.person(number), inventor.dice(number, "rest")
            )
    if offered and offered.organizations:
        for number in range(ORGANIZATIONS):
            form = inventor.organization(number)
            yield await _add(services, published.slug, form, inventor.dice(number, "lists"))


async def _add(
    services: Services,
    slug: str,
    form: SubmissionForm | PersonSigns | OrganizationSigns,
    dice: Random,
) -> bool:
    # Most came recently, as in a campaign that is spreading.
    at = now() - timedelta(days=dice.triangular(0, DAYS, 0))
    accepted = await _accept(services, slug, form)
    async with session_scope(services.engine) as session:
        who = (col(Person.campaign) == slug, col(Person.email_hash) == accepted.row["email_hash"])
        if (await session.exec(select(exists().where(*who)))).one():
            return False
        connection = await session.connection()
        await connection.exec_driver_sql(STORE, (f"[{accepted.encode().decode()}]",))
        token = await mint(session, accepted.supporter_id, Purpose.CONFIRM)
        await services.confirmations.confirm(session, token)
        await _settle_letters(session, accepted.supporter_id, dice)
        await _approve(session, services, accepted.supporter_id, dice)
        await _pass(session, services, accepted.supporter_id, dice)
        await _backdate(session, accepted.supporter_id, at)
    return True


async def _accept(
    services: Services, slug: str, form: SubmissionForm | PersonSigns | OrganizationSigns
) -> AcceptedForm:
    collector = _Collector()
    if isinstance(form, SubmissionForm):
        await replace(services.submissions, intake=collector).submit(slug, form)
    else:
        await replace(services.sign_ons, intake=collector).sign(slug, form)
    assert collector.form is not None
    return collector.form


async def _settle_letters(session: AsyncSession, supporter_id: UUID, dice: Random) -> None:
    """Say how each letter ended, and keep every mail from being sent."""
    unsent = update(Mail).where(col(Mail.supporter_id) == supporter_id)
    await session.exec(unsent.values(status=MailStatus.SUPPRESSED, reason="demo"))
    of_form = (
        select(Letter)
        .join(Submission, col(Submission.id) == Letter.submission_id)
        .where(Submission.supporter_id == supporter_id)
        .order_by(col(Letter.id))
    )
    letters = (await session.exec(of_form)).all()
    if not letters:
        return
    ways = dice.choices(WAYS, CHANCES, k=len(letters))
    channels = [
        BY_SEAT.get(letter.seat.partition(":")[0], channel) if channel == "email" else channel
        for letter, (channel, _) in zip(letters, ways, strict=True)
    ]
    ids = [letter.id for letter in letters]
    await session.execute(BY, {"ids": ids, "channels": channels})
    await count(session, await move(session, "invent", "d.letter_id = ANY(:ids)", ids=ids))
    for letter, (_, reported) in zip(letters, ways, strict=True):
        if reported:
            await report_done(session, letter.person_id, letter.id)


async def _approve(
    session: AsyncSession, services: Services, supporter_id: UUID, dice: Random
) -> None:
    """List most organizations; the others wait for an organizer."""
    signed = select(Organization.id).where(Organization.supporter_id == supporter_id)
    found = (await session.exec(signed)).one_or_none()
    if found is not None and happens(dice, 70):
        await organizations.approve(session, services.vault, found, lead=False, actor=ACTOR)


async def _pass(
    session: AsyncSession, services: Services, supporter_id: UUID, dice: Random
) -> None:
    """List most names; the others wait for an organizer."""
    queued = select(SignOn.id).where(
        SignOn.supporter_id == supporter_id, SignOn.review == Review.QUEUED
    )
    found = (await session.exec(queued)).one_or_none()
    if found is not None and happens(dice, 90):
        moderation = Moderation(services.vault, Reviewing())
        await moderation.decide(session, found, "name", shown=True, actor=ACTOR)


async def _backdate(session: AsyncSession, supporter_id: UUID, at: datetime) -> None:
    this = update(Supporter).where(col(Supporter.id) == supporter_id)
    await session.exec(this.values(hour=func.date_trunc("hour", at)))
    await session.execute(BACKDATE_COUNTS, {"at": at})
