"""Who gets no mail: owners who said no, in any spelling; missing mailboxes, in exactly one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.mail import suppressions
from api.mail.budget import budget_hash
from api.mail.suppressions import Permission, Recipient, allow, recipient, suppress
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing

LATE = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TAGGED, OWN = "victim+x@gmail.com", "v.i.c.t.i.m@gmail.com"


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    folder: Path = tmp_path_factory.mktemp("ring")
    return KeyRing.create(folder / "keys.json")


async def permission(session: AsyncSession, ring: KeyRing, address: str) -> Permission:
    return await suppressions.permission(session, recipient(ring, address))


async def suppressed(session: AsyncSession, ring: KeyRing, address: str) -> bool:
    return await suppressions.suppressed(session, recipient(ring, address))


async def report_gone(
    session: AsyncSession, ring: KeyRing, address: str, mail_id: UUID, at: datetime
) -> None:
    await suppressions.report_gone(session, recipient(ring, address), mail_id, at)


async def test_an_owner_says_no_by_any_spelling(engine: AsyncEngine, ring: KeyRing) -> None:
    ani = recipient(ring, "A.ni+x@gmail.com")
    async with transaction(engine) as session:
        await suppress(session, ani, "unsubscribed")
        await suppress(session, ani, "something else")
        assert await suppressed(session, ring, "ani@gmail.com")
        assert await permission(session, ring, "ani@gmail.com") is Permission.STOPPED
        assert not await suppressed(session, ring, "other@example.org")
        assert await session.scalar(text("SELECT reason FROM suppressions")) == "unsubscribed"
        assert await allow(session, ani)
        assert not await suppressed(session, ring, "ani@gmail.com")
        assert not await allow(session, ani), "nothing was stopped any more"


async def test_two_reports_of_two_days_end_mail_to_exactly_that_address(
    engine: AsyncEngine, ring: KeyRing
) -> None:
    async with transaction(engine) as session:
        await report_gone(session, ring, TAGGED, new_id(), LATE)
        assert not await suppressed(session, ring, TAGGED), "one may be a forgery"
        await report_gone(session, ring, TAGGED, new_id(), LATE + MINUTE)
        assert await suppressed(session, ring, TAGGED)
        for other in (OWN, "victim@gmail.com", "victim+y@gmail.com", "Victim+x@gmail.com"):
            assert not await suppressed(session, ring, other)
        assert await permission(session, ring, TAGGED) is Permission.STOPPED
        assert await permission(session, ring, OWN) is Permission.SPELLING, "theirs is not stopped"
        assert await allow(session, recipient(ring, OWN)), "the owner may lift it"
        assert await permission(session, ring, TAGGED) is Permission.ALLOWED


async def test_what_is_no_second_report(engine: AsyncEngine, ring: KeyRing) -> None:
    mail = new_id()
    async with transaction(engine) as session:
        await report_gone(session, ring, TAGGED, mail, LATE)
        await report_gone(session, ring, TAGGED, mail, LATE + DAY)  # the same mail
        await report_gone(session, ring, TAGGED, new_id(), LATE - MINUTE)  # the same day
        await report_gone(session, ring, "victim+y@gmail.com", new_id(), LATE + DAY)
        for address in (TAGGED, OWN, "victim+y@gmail.com"):
            assert await permission(session, ring, address) is Permission.ALLOWED
        assert not await allow(session, recipient(ring, OWN)), "no mail had been stopped"


@pytest.mark.parametrize("zone", ["Asia/Yerevan", "America/Los_Angeles"])
async def test_the_days_are_utc(engine: AsyncEngine, ring: KeyRing, zone: str) -> None:
    noon = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    async with transaction(engine) as session:
        await session.execute(text(f"SET LOCAL TimeZone = '{zone}'"))
        for hours in (0, 5, 10, 15, 20):
            at = noon + timedelta(hours=hours)
            await report_gone(session, ring, TAGGED, new_id(), at)
        assert not await suppressed(session, ring, TAGGED)


async def test_who_said_no_by_an_earlier_form_is_still_heard(
    engine: AsyncEngine, ring: KeyRing
) -> None:
    then = Recipient(None, hash_of(ring, "ani@me.com"))
    async with transaction(engine) as session:
        await suppress(session, then, "unsubscribed")
        assert await permission(session, ring, "ani@me.com") is Permission.STOPPED
        assert await permission(session, ring, "ani@icloud.com") is Permission.ALLOWED
        assert await allow(session, recipient(ring, "ani@me.com"))
        assert await permission(session, ring, "ani@me.com") is Permission.ALLOWED
        assert await suppressions.permission(session, then) is Permission.ALLOWED


async def test_reports_that_were_kept_by_an_earlier_form_count_and_are_lifted(
    engine: AsyncEngine, ring: KeyRing
) -> None:
    mailbox = recipient(ring, "ani@me.com").mailbox
    then = Recipient(mailbox, hash_of(ring, "ani@me.com"))
    async with transaction(engine) as session:
        await suppressions.report_gone(session, then, new_id(), LATE)
        await report_gone(session, ring, "ani@me.com", new_id(), LATE + DAY)
        assert await permission(session, ring, "ani@me.com") is Permission.STOPPED
        assert await allow(session, recipient(ring, "ani@me.com"))
        assert await session.scalar(text("SELECT count(*) FROM gone_reports")) == 0


def hash_of(ring: KeyRing, canonical: str) -> bytes:
    """A canonical form of any version, as the list has it."""
    return keyed_hash(ring.purpose("suppressions"), "suppressions", canonical)


def test_no_two_tables_can_be_joined(ring: KeyRing) -> None:
    whom = recipient(ring, "ani@example.org")
    assert len({budget_hash(ring, "ani@example.org"), whom.owner, whom.mailbox}) == 3
