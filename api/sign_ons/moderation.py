"""What an organizer looks at before it is shown, one by one or in bulk.

What waits is stored sealed: reading the queue opens it, and passing a name publishes it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record, record_all
from api.errors import DomainError, NotFound
from api.sign_ons import decisions
from api.sign_ons.appearing import Appearance, appearance
from api.sign_ons.models import IN_REVIEW, SHOWN, Display, Refusal, Review, SignOn
from api.sign_ons.places import city_elsewhere
from api.sign_ons.review import (
    NOTHING_PASSED,
    Reviewing,
    Reviews,
    look_of,
    public_columns,
)
from api.supporters.vault import Address, FormSeal, Passed, Vault

QUEUE_MAX: Final = 200
DECIDED_MAX: Final = 1000
# Entries that are opened to find the flagged ones among them.
OPENED_MAX: Final = 1000

What = Literal["name", "comment"]
NAME: Final = "name"
COMMENT: Final = "comment"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A signature with something to look at; ``name_waits`` holds for place and affiliation too.

    ``number`` grows along the queue, and is another one once the owner changed what they show.
    ``flags`` say why to look twice.
    """

    id: UUID
    number: int
    name: str | None
    place: str | None
    affiliation: str | None
    comment: str | None
    name_waits: bool
    comment_waits: bool
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """``next`` is the number to go on behind, None at the end."""

    items: Sequence[Waiting]
    next: int | None


@dataclass(frozen=True, slots=True)
class Passing:
    """How many names were passed; ``next`` as in ``QueuePage``."""

    decided: int
    next: int | None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A signature with what its form seals. ``refused_address``: something was refused to another
    person at the mailbox."""

    row: SignOn
    seal: FormSeal
    wanted: Appearance
    address: Address
    refused_address: bool

    @property
    def passed(self) -> Passed:
        found = self.row.passed
        return self.seal.passed(found, self.row.id) if found else NOTHING_PASSED


@dataclass(frozen=True, slots=True)
class Moderation:
    """Opens what waits on a campaign, and decides."""

    vault: Vault
    reviewing: Reviewing

    async def queue(  # noqa: PLR0913 (the parts of a page)
        self,
        session: AsyncSession,
        campaign: str,
        *,
        actor: str,
        after: int = 0,
        limit: int = QUEUE_MAX,
        flagged: bool | None = None,
    ) -> QueuePage:
        """What waits on a campaign behind the number ``after``, the longest first; audited.

        With ``flagged`` only what has flags, or has none: a page may hold fewer then, and go on.
        """
        bounds = {"after": after, "limit": 1 + (limit if flagged is None else OPENED_MAX)}
        numbers, entries = await self._waiting(session, campaign, **bounds)
        await record(session, actor, "sign_on.queue", campaign)
        wanted = [each for each in entries if flagged is None or bool(each.flags) is flagged]
        if len(wanted) > limit:
            return QueuePage(wanted[:limit], wanted[limit - 1].number)
        more = len(numbers) == bounds["limit"]
        return QueuePage(wanted, numbers[-1] if more else None)

    async def decide(  # noqa: PLR0913 (what, of whom, how)
        self,
        session: AsyncSession,
        sign_on_id: UUID,
        what: What,
        *,
        shown: bool,
        actor: str,
        up_to: int | None = None,
    ) -> None:
        """Show a name or a comment, or keep it from the list; the count stays.

        With ``up_to``, the highest number that was read, only as it was then. Raises NotFound.
        """
        if not await self._decide(
            session, [sign_on_id], what, shown=shown, actor=actor, up_to=up_to
        ):
            raise NotFound(
                "There is no such signature with anything to look at, or its owner changed it "
                "since: read the queue again."
            )

    async def decide_many(  # noqa: PLR0913 (what, of whom, how)
        self,
        session: AsyncSession,
        campaign: str,
        ids: Sequence[UUID],
        what: What,
        *,
        up_to: int,
        shown: bool,
        actor: str,
    ) -> int:
        """The same of at most ``DECIDED_MAX`` at once, as far as they still wait; how many.

        ``up_to`` is the highest number that was read: who changed what they show since then has a
        higher one, and is left alone.
        """
        assert len(ids) <= DECIDED_MAX
        return await self._decide(
            session, ids, what, shown=shown, actor=actor, campaign=campaign, up_to=up_to
        )

    async def pass_unflagged(
        self, session: AsyncSession, campaign: str, *, up_to: int, actor: str, after: int = 0
    ) -> Passing:
        """Pass the names that wait and have no flag, up to this number.

        It opens at most ``DECIDED_MAX`` entries behind ``after``, and says how many it passed and
        where to go on.
        """
        bounds = {"after": after, "up_to": up_to, "limit": DECIDED_MAX}
        numbers, entries = await self._waiting(session, campaign, **bounds)
        ids = [each.id for each in entries if each.name_waits and not each.flags]
        passed = await self._decide(
            session, ids, NAME, shown=True, actor=actor, campaign=campaign, up_to=up_to
        )
        return Passing(passed, numbers[-1] if len(numbers) == DECIDED_MAX else None)

    async def _waiting(
        self,
        session: AsyncSession,
        campaign: str,
        limit: int,
        after: int = 0,
        up_to: int = 2**62,
    ) -> tuple[list[int], list[Waiting]]:
        """The numbers of these entries, and those of them that can be opened."""
        number = col(SignOn.review_number)
        page = (
            select(SignOn.id)
            .where(SignOn.campaign == campaign, IN_REVIEW, number > after, number <= up_to)
            .order_by(number)
            .limit(limit)
        )
        query = decisions.SEALED.where(col(SignOn.id).in_(page)).order_by(number)
        rows = (await session.exec(query)).all()
        opened = list(self._open(rows))
        known = await self._known(session, campaign, opened)
        entries = [self._entry(each, known.get(self._look(each), ())) for each in opened]
        return [row.review_number or 0 for row, _ in rows], entries

    async def _known(
        self, session: AsyncSession, campaign: str, opened: Sequence[_Opened]
    ) -> Mapping[bytes | None, tuple[str, ...]]:
        """What is known of names that look like these: listed, refused to somebody, or another
        one among these."""
        looks = [look for each in opened if (look := self._look(each)) is not None]
        alike = select(SignOn.look).where(col(SignOn.look).in_(looks), SHOWN)
        listed = (await session.exec(alike.where(SignOn.campaign == campaign))).all()
        twice = [look for look, times in Counter(looks).items() if times > 1]
        found = dict.fromkeys([*listed, *twice], ("same_name",))
        refused = select(Refusal.look).where(col(Refusal.look).in_(looks)).distinct()
        for look in (await session.exec(refused)).all():
            found[look] = (*found.get(look, ()), "refused_name")
        return found

    def _look(self, opened: _Opened) -> bytes | None:
        return look_of(self.vault, opened.row.campaign, opened.row.display, opened.wanted)

    def _entry(self, opened: _Opened, known: tuple[str, ...]) -> Waiting:
        row, wanted = opened.row, opened.wanted
        return Waiting(
            id=row.id,
            number=row.review_number or 0,
            name=wanted.name,
            place=wanted.place,
            affiliation=wanted.affiliation,
            comment=wanted.comment,
            name_waits=row.review == Review.QUEUED,
            comment_waits=row.comment_review == Review.QUEUED,
            flags=self.reviewing.flags(wanted) + known + tuple(_elsewhere(opened)),
        )

    def _open(self, rows: Sequence[tuple[SignOn, bool]]) -> Iterator[_Opened]:
        """Those whose data and key still exist."""
        for row, refused_address in rows:
            form = row.supporter
            if not (form.data_key and form.identity and form.address and row.words):
                continue
            try:
                seal = self.vault.open_form(form.data_key, form.id)
                words = seal.sign_on(row.words, row.id)
                who, where = seal.identity(form.identity), seal.address(form.address)
            except DomainError:
                continue
            wanted = appearance(Display(row.display), who, where, form.country, words)
            yield _Opened(row, seal, wanted, where, refused_address)

    async def _decide(  # noqa: PLR0913
        self,
        session: AsyncSession,
        ids: Sequence[UUID],
        what: What,
        *,
        shown: bool,
        actor: str,
        campaign: str | None = None,
        up_to: int | None = None,
    ) -> int:
        await decisions.lock_people(session, ids)
        rows = await decisions.confirmed(session, ids, campaign, up_to)
        # Bulk decisions do not overrule earlier ones; single decisions can.
        possible = {Review.QUEUED} if campaign else {Review.QUEUED, Review.PASSED, Review.REFUSED}
        found = [each for each in self._open(rows) if _review(each.row, what) in possible]
        if not found:
            return 0
        review = Review.PASSED if shown else Review.REFUSED
        looks = [self._look(each) for each in found]
        decided = [
            _decided(each, look, what, review) for each, look in zip(found, looks, strict=True)
        ]
        await decisions.store(session, decided)
        people = [each.row.person_id for each in found]
        if shown:
            await decisions.forgive(session, people, what)
        else:
            refused = looks if what == NAME else [None] * len(looks)
            await decisions.refuse(session, people, what, refused)
        told = [str(each.row.id) for each in found]
        await record_all(session, actor, f"sign_on.{what}_{review}", told)
        return len(found)


def _elsewhere(opened: _Opened) -> Iterator[str]:
    """Hints that are not about the words themselves, and that do not hold back a name alone."""
    city, zip_code = opened.address.city, opened.address.zip
    if opened.row.display == Display.NAME and city and city_elsewhere(city, zip_code):
        yield "city_elsewhere"
    if opened.refused_address:
        yield "refused_address"


def _review(row: SignOn, what: What) -> Review:
    return Review(row.review if what == NAME else row.comment_review)


def _decided(opened: _Opened, look: bytes | None, what: What, review: Review) -> dict[str, Any]:
    """All columns of a signature once its name, or its comment, was decided."""
    row, wanted, passed = opened.row, opened.wanted, opened.passed
    reviews = Reviews(Review(row.review), Review(row.comment_review))
    read = review is Review.PASSED
    if what == NAME:
        reviews = replace(reviews, name=review)
        passed = replace(passed, line=wanted.line if read else None)
    else:
        reviews = replace(reviews, comment=review)
        passed = replace(passed, comment=wanted.comment if read else None)
    sealed = opened.seal.seal_passed(passed, row.id)
    return {"id": row.id, "passed": sealed, **public_columns(wanted, reviews, look)}
