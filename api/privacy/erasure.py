"""Erases one person from one campaign, at their own request or by replaying the ledger.

Personal data is deleted, with the keys that could open it in a backup. What remains are facts
without a name: that a letter went to an office, and counts. Letters that wait are cancelled;
those that an office has cannot be recalled, and are listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.counts import ledger as counts
from api.deliveries import transitions
from api.deliveries.models import DeliveryStatus
from api.deliveries.transitions import GONE_OUT, MAY_HAVE, WITH_LETTERS, move
from api.privacy.everything import mail_is_stopped
from api.privacy.ledger import Erasure, append
from api.privacy.outbox_files import remove_of
from api.privacy.own_forms import find_mailbox, find_waiting
from api.settings import Settings
from api.sign_ons import organizations
from api.supporters.models import Standing, SupporterStatus
from api.supporters.vault import Vault
from api.supporters.wipe import wipe

# Serializes this with changes of this person's standing, signature or forms.
LOCK = text("SELECT campaign, standing FROM persons WHERE id = :id FOR NO KEY UPDATE")
LOCK_ALL = text("SELECT id FROM persons WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
FORMS = text("SELECT id FROM supporters WHERE person_id = :id ORDER BY id")
PENDING = text("SELECT id FROM supporters WHERE id = ANY(:ids) ORDER BY id")

# Serializes this with decisions about an organization that they signed for.
SPEAKS = text("SELECT EXISTS (SELECT FROM organizations WHERE supporter_id = ANY(:ids))")

# What this person adds to the counts, which is subtracted; letters that were sent stay counted.
WEIGHT = text("""
    SELECT
        (SELECT count(DISTINCT s.person_id) FROM supporters s
         WHERE s.person_id = :id AND s.status = 'confirmed' AND NOT EXISTS (
             SELECT FROM organizations o WHERE o.supporter_id = s.id)) AS supporters,
        (SELECT count(*) FROM sign_ons g
         WHERE g.person_id = :id AND g.status = 'confirmed') AS persons,
        (SELECT count(*) FROM organizations o JOIN supporters s ON s.id = o.supporter_id
         WHERE s.person_id = :id AND o.status = 'approved') AS organizations
""")

PAYLOADS = text("""
    UPDATE deliveries d SET payload = NULL FROM letters l
    WHERE l.id = d.letter_id AND l.person_id = :id AND d.payload IS NOT NULL
      AND d.status <> 'sending'
""")
# A letter's own status does not say that it is being sent at this moment.
LETTERS = text("""
    SELECT l.id, t.name, CASE WHEN EXISTS (
        SELECT FROM deliveries d WHERE d.letter_id = l.id AND d.status = 'sending')
        THEN 'sending' ELSE l.status END AS status
    FROM letters l JOIN letter_texts t ON t.digest = l.text
    WHERE l.person_id = ANY(:people) ORDER BY l.id
""")
FORGIVE = text("DELETE FROM refusals WHERE person_id = :id")
FORGET = text("UPDATE persons SET email_hash = NULL, contact_id = NULL WHERE id = :id")

# A PDF of the open letter is kept for minutes, and lists who is on it.
PRINTED = text("DELETE FROM statement_prints WHERE campaign = :campaign")

TESTS = (DeliveryStatus.WRITTEN,)


@dataclass(frozen=True, slots=True)
class Erased:
    """Offices by what became of their letters: cancelled unsent, gone out (by us, or as their
    writer said), perhaps gone out, and written in a test, which went to nobody.

    What stays: ``others_waiting`` forms at the mailbox under other names, and, if
    ``mail_stopped``, that no mail is to go there."""

    cancelled: Sequence[str]
    gone_out: Sequence[str]
    may_have: Sequence[str]
    tests: Sequence[str]
    others_waiting: int
    mail_stopped: bool


async def others_waiting(session: AsyncSession, person_id: UUID, vault: Vault) -> int:
    """How many forms wait at this person's mailbox under other names."""
    mailbox = await find_mailbox(session, person_id, vault)
    return len((await find_waiting(session, mailbox, vault)).others)


async def erase(
    session: AsyncSession,
    person_id: UUID,
    settings: Settings,
    vault: Vault,
    *,
    others: bool = False,
) -> Erased:
    """Erase a person, as themselves and for an organization, with the forms of theirs that wait;
    the ledger is written and synced before anything is changed.

    ``others``: what waits at their mailbox under other names, too. Raises LedgerUnreadable. A
    second time does nothing and says the same of the letters.
    """
    people = (await find_mailbox(session, person_id, vault)).people
    await session.execute(LOCK_ALL, {"ids": list(people)})
    # Read again, now that the rows are locked: somebody may have confirmed or erased meanwhile.
    mailbox = await find_mailbox(session, person_id, vault)
    people = [each for each in mailbox.people if each in people]
    waiting = await find_waiting(session, mailbox, vault)
    stopped = await mail_is_stopped(session, mailbox.mine, vault)
    left = [] if others else waiting.others
    gone = [form.id for form in waiting.mine] + list(waiting.others if others else ())
    forms = {each: await _forms(session, each) for each in people}
    forms[person_id] += gone
    for each in people:
        append(settings.erasure_ledger_file, Erasure(each, forms[each]))
    before = await _cancelled(session, people)
    for each in people:
        await _erase(session, each, forms[each], vault)
    ids = [form for each in people for form in forms[each]]
    await remove_of(session, settings.outbox_dir, supporters=ids, people=people)
    letters = (await session.execute(LETTERS, {"people": people})).all()
    gone_out, may_have, tests = (
        [letter.name for letter in letters if letter.status in states]
        for states in (GONE_OUT, MAY_HAVE, TESTS)
    )
    unsent = [one.name for one in letters if one.status == "cancelled" and one.id not in before]
    return Erased(unsent, gone_out, may_have, tests, len(left), stopped)


async def _forms(session: AsyncSession, person_id: UUID) -> list[UUID]:
    return list((await session.execute(FORMS, {"id": person_id})).scalars())


async def replay(session: AsyncSession, erasure: Erasure, vault: Vault) -> bool:
    """Erase again what a restore brought back; False if nothing of it is there."""
    found = (await session.execute(PENDING, {"ids": list(erasure.supporter_ids)})).scalars()
    forms = set(found.all())
    row = (await session.execute(LOCK, {"id": erasure.person_id})).one_or_none()
    if row is not None:
        mine = await session.execute(FORMS, {"id": erasure.person_id})
        forms |= set(mine.scalars())
    left = text("SELECT count(*) FROM supporters WHERE id = ANY(:ids) AND identity IS NOT NULL")
    if not await session.scalar(left, {"ids": sorted(forms)}):
        return False
    await _erase(session, erasure.person_id, sorted(forms), vault)
    return True


async def _cancelled(session: AsyncSession, people: Sequence[UUID]) -> set[UUID]:
    """The letters that are cancelled already; the persons are locked, so no more can be."""
    query = text("SELECT id FROM letters WHERE person_id = ANY(:people) AND status = 'cancelled'")
    return set((await session.execute(query, {"people": list(people)})).scalars())


async def _erase(
    session: AsyncSession, person_id: UUID, forms: Sequence[UUID], vault: Vault
) -> None:
    row = (await session.execute(LOCK, {"id": person_id})).one_or_none()
    speaks = await session.scalar(SPEAKS, {"ids": list(forms)})
    if row is not None and speaks:
        await organizations.lock(session, row.campaign, vault)
    weight = (await session.execute(WEIGHT, {"id": person_id})).mappings().one()
    # What is being sent at this moment is left to its end; its form's key is gone then.
    moved = await move(
        session, "erase", "l.person_id = :id", WITH_LETTERS, locked=True, id=person_id
    )
    await session.execute(PAYLOADS, {"id": person_id})
    await wipe(session, forms, SupporterStatus.ERASED)
    if row is not None and weight["organizations"]:
        await organizations.settle(session, row.campaign, vault)
    await session.execute(FORGIVE, {"id": person_id})
    await session.execute(FORGET, {"id": person_id})
    if row is not None:
        deltas = {"organizations": -weight["organizations"]}
        if row.standing == Standing.COUNTED:
            mine = {name: -weight[name] for name in ("supporters", "persons")}
            deltas = {**deltas, **mine}
        await transitions.count(session, moved)
        if weight["persons"] or weight["organizations"]:
            await session.execute(PRINTED, {"campaign": row.campaign})
        await counts.append(session, row.campaign, deltas)
        await record(session, "system", "person.erased", str(person_id))
