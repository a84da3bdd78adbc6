"""A campaign's letters on paper, for an organizer who carries them to an office or reads them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.published import PublishedCampaign
from api.errors import TokenGone
from api.letters.store import TextStore
from api.printing.letter import PrintedLetter
from api.submissions.printed import Grounds, find_grounds, printed_letter
from api.submissions.stored import load_form
from api.supporters.vault import Vault
from api.targets.congress import Directory
from api.targets.models import Target

# Only of people who are counted: suspects' letters wait, and cancelled ones are not printed.
_CHOSEN = """
    FROM letters l JOIN persons p ON p.id = l.person_id JOIN submissions b ON b.id = l.submission_id
    WHERE p.campaign = :campaign AND p.standing = 'counted' AND l.status <> 'cancelled'
        AND (CAST(:seat AS text) IS NULL OR l.seat = :seat) AND b.words IS NOT NULL
"""
COUNT = text(f"SELECT count(*) {_CHOSEN}")
LETTERS = text(
    f"SELECT l.id, l.seat, b.supporter_id, b.bundle {_CHOSEN} "
    "AND (l.seat, l.id) > (:after_seat, :after_id) ORDER BY l.seat, l.id LIMIT :most"
)
AT_ONCE = 200
FIRST = ("", UUID(int=0))


@dataclass(frozen=True, slots=True)
class Paper:
    """Where letters are read from; ``day`` is printed on them."""

    published: PublishedCampaign
    directory: Directory
    vault: Vault
    texts: TextStore
    day: date

    async def count(self, session: AsyncSession, seat: str | None) -> int:
        """How many letters there are to print, to one seat or to all."""
        values = {"campaign": self.published.slug, "seat": seat}
        return int(await session.scalar(COUNT, values) or 0)

    async def note(self, session: AsyncSession, *, actor: str) -> None:
        """Record in the audit log that letters will be printed, in a transaction of its own."""
        await record(session, actor, "letters.printed", self.published.slug)

    async def letters(
        self, session: AsyncSession, seat: str | None
    ) -> AsyncIterator[tuple[str, PrintedLetter]]:
        """Each letter with its seat, by seat, as its writer approved it.

        Letters whose words were deleted are left out. Printing changes no state.
        """
        slug, after = self.published.slug, FIRST
        grounds: dict[str, Grounds] = {}
        while True:
            values = {"campaign": slug, "seat": seat, "after_seat": after[0], "after_id": after[1]}
            rows = (await session.execute(LETTERS, {**values, "most": AT_ONCE})).all()
            for row in rows:
                if row.bundle not in grounds:
                    grounds[row.bundle] = await find_grounds(session, row.id)
                try:
                    yield row.seat, await self._letter(session, row, grounds[row.bundle])
                except TokenGone:
                    continue
            if len(rows) < AT_ONCE:
                return
            after = (rows[-1].seat, rows[-1].id)

    async def _letter(self, session: AsyncSession, row: Any, grounds: Grounds) -> PrintedLetter:
        form = await load_form(session, row.supporter_id, self.vault)
        draft = dict(await form.drafts(self.texts))[row.id]
        name, target = form.identity.full_name, self._target(row.seat)
        return printed_letter(draft, name, form.address, target, grounds, self.day)

    def _target(self, seat: str) -> Target | None:
        fixed: Mapping[str, Target] = {each.seat: each for each in self.published.fixed_targets}
        return fixed.get(seat) or self.directory.seat(seat, self.day)
