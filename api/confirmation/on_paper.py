"""A campaign's letters on paper, for an organizer who carries them to an office or reads them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.published import PublishedCampaign
from api.letters.models import DeliveryStatus, Letter
from api.letters.store import TextStore
from api.printing.letter import PrintedLetter
from api.submissions.models import Submission
from api.submissions.printed import Grounds, find_grounds, printed_letter
from api.submissions.stored import StoredForm, load_forms
from api.supporters.models import Person, Standing
from api.supporters.vault import Vault
from api.targets.congress import Directory
from api.targets.models import Target

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
        query = select(func.count()).select_from(Letter).join(Person).join(Submission)
        return (await session.exec(query.where(*self._chosen(seat)))).one()

    async def note(self, session: AsyncSession, *, actor: str) -> None:
        """Record in the audit log that letters will be printed, in a transaction of its own."""
        await record(session, actor, "letters.printed", self.published.slug)

    async def letters(
        self, session: AsyncSession, seat: str | None
    ) -> AsyncIterator[tuple[str, PrintedLetter]]:
        """Each letter with its seat, by seat, as its writer approved it.

        Letters whose words were deleted are left out. Printing changes no state.
        """
        after = FIRST
        grounds: dict[str, Grounds] = {}
        while True:
            rows = await self._read(session, seat, after)
            forms = await load_forms(session, (row.supporter_id for row in rows), self.vault)
            for row in rows:
                if row.bundle not in grounds:
                    grounds[row.bundle] = await find_grounds(session, row.id)
                if row.supporter_id in forms:
                    form = forms[row.supporter_id]
                    yield row.seat, await self._letter(row, form, grounds[row.bundle])
            if len(rows) < AT_ONCE:
                return
            after = (rows[-1].seat, rows[-1].id)

    async def _read(
        self, session: AsyncSession, seat: str | None, after: tuple[str, UUID]
    ) -> Sequence[Any]:
        """The letters behind one, by seat and id."""
        columns: tuple[Any, ...] = (
            *(Letter.id, Letter.seat),
            *(Submission.supporter_id, Submission.bundle),
        )
        place = tuple_(col(Letter.seat), col(Letter.id))
        query = (
            select(*columns)
            .select_from(Letter)
            .join(Person)
            .join(Submission)
            .where(*self._chosen(seat), place > tuple_(*after))
            .order_by(*place)
            .limit(AT_ONCE)
        )
        rows: Sequence[Any] = (await session.exec(query)).all()
        return rows

    def _chosen(self, seat: str | None) -> Iterator[ColumnElement[bool]]:
        """Only of people who are counted: suspects' letters wait, and cancelled ones are not
        printed."""
        yield col(Person.campaign) == self.published.slug
        yield col(Person.standing) == Standing.COUNTED
        yield col(Letter.status) != DeliveryStatus.CANCELLED
        yield col(Submission.words).is_not(None)
        if seat is not None:
            yield col(Letter.seat) == seat

    async def _letter(self, row: Any, form: StoredForm, grounds: Grounds) -> PrintedLetter:
        draft = dict(await form.drafts(self.texts))[row.id]
        name, target = form.identity.full_name, self._target(row.seat)
        return printed_letter(draft, name, form.address, target, grounds, self.day)

    def _target(self, seat: str) -> Target | None:
        fixed: Mapping[str, Target] = {each.seat: each for each in self.published.fixed_targets}
        return fixed.get(seat) or self.directory.seat(seat, self.day)
