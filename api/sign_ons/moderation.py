"""What an organizer looks at before it is shown, one by one or in bulk.

What waits is kept sealed: to read the queue opens it, and to pass a name publishes it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record, record_all
from api.errors import DomainError, NotFound
from api.sign_ons.appearing import Appearance, appearance
from api.sign_ons.models import IN_REVIEW, SHOWN, Display, Review
from api.sign_ons.places import city_elsewhere
from api.sign_ons.review import NOTHING_PASSED, Reviewing, Reviews, look_of, public_columns
from api.supporters.vault import Address, FormSeal, Passed, Vault

QUEUE_MAX: Final = 200
DECIDED_MAX: Final = 1000
# Entries that are opened to find the flagged ones among them.
OPENED_MAX: Final = 1000

What = Literal["name", "comment"]
NAME: Final = "name"
COMMENT: Final = "comment"

_SEALED = """
    SELECT g.id, g.campaign, g.person_id, g.display, g.words, g.passed, g.review, g.comment_review,
        g.review_number AS number, s.id AS supporter_id, s.data_key, s.identity, s.address,
        s.country, s.state, EXISTS (
            SELECT FROM persons p JOIN persons o ON o.campaign = p.campaign
                AND o.email_hash = p.email_hash AND o.id <> p.id
            JOIN refusals r ON r.person_id = o.id WHERE p.id = g.person_id) AS refused_address
    FROM sign_ons g JOIN supporters s ON s.id = g.supporter_id
"""
QUEUE = text(f"""
    {_SEALED} JOIN (
        SELECT id FROM sign_ons WHERE campaign = :campaign AND {IN_REVIEW}
          AND review_number > :after AND review_number <= :up_to
        ORDER BY review_number LIMIT :limit) AS page ON page.id = g.id
    ORDER BY g.review_number
""")  # noqa: S608 (our own text)

# Serializes decisions with changes, withdrawals and erasures of a signature, so that a decision
# is about the text that is there.
LOCK = text("""
    SELECT p.id FROM persons p JOIN sign_ons g ON g.person_id = p.id
    WHERE g.id = ANY(:ids) AND g.status = 'confirmed' ORDER BY p.id FOR NO KEY UPDATE OF p
""")
FOUND = text(f"""
    {_SEALED} WHERE g.id = ANY(:ids) AND g.status = 'confirmed'
      AND (CAST(:campaign AS text) IS NULL OR g.campaign = :campaign)
      AND (CAST(:up_to AS bigint) IS NULL OR g.review_number <= :up_to)
    ORDER BY g.id
""")
DECIDE = text("""
    UPDATE sign_ons g SET review = d.review, comment_review = d.comment_review,
        passed = d.passed, public_name = d.public_name, public_place = d.public_place,
        public_affiliation = d.public_affiliation, public_comment = d.public_comment,
        sort_key = d.sort_key, look = d.look
    FROM unnest(CAST(:id AS uuid[]), CAST(:review AS text[]), CAST(:comment_review AS text[]),
        CAST(:passed AS bytea[]), CAST(:public_name AS text[]), CAST(:public_place AS text[]),
        CAST(:public_affiliation AS text[]), CAST(:public_comment AS text[]),
        CAST(:sort_key AS bytea[]), CAST(:look AS bytea[]))
        AS d(id, review, comment_review, passed, public_name, public_place,
            public_affiliation, public_comment, sort_key, look)
    WHERE g.id = d.id
""")
REFUSE = text("""
    INSERT INTO refusals (person_id, what, look)
    SELECT person_id, :what, look
    FROM unnest(CAST(:people AS uuid[]), CAST(:looks AS bytea[])) AS r(person_id, look)
    ON CONFLICT (person_id, what) DO UPDATE SET look = coalesce(excluded.look, refusals.look)
""")
# Looks of listed names, and of names that were refused to anybody.
LISTED = text(f"""
    SELECT look FROM sign_ons WHERE campaign = :campaign AND look = ANY(:looks) AND {SHOWN}
""")  # noqa: S608
REFUSED = text("SELECT look FROM refusals WHERE look = ANY(:looks)")
FORGIVE = text("DELETE FROM refusals WHERE person_id = ANY(:people) AND what = :what")


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
    """A row of the database with what its form seals."""

    row: Any
    seal: FormSeal
    wanted: Appearance
    address: Address

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
        values = {"campaign": campaign, "after": after, "up_to": up_to, "limit": limit}
        rows = (await session.execute(QUEUE, values)).all()
        opened = list(self._open(rows))
        known = await self._known(session, campaign, opened)
        entries = [self._entry(each, known.get(self._look(each), ())) for each in opened]
        return [row.number for row in rows], entries

    async def _known(
        self, session: AsyncSession, campaign: str, opened: Sequence[_Opened]
    ) -> Mapping[bytes | None, tuple[str, ...]]:
        """What is known of names that look like these: listed, refused to somebody, or another
        one among these."""
        looks = [look for each in opened if (look := self._look(each)) is not None]
        listed = await session.execute(LISTED, {"campaign": campaign, "looks": looks})
        twice = [look for look, times in Counter(looks).items() if times > 1]
        found = dict.fromkeys([*listed.scalars(), *twice], ("same_name",))
        for look in (await session.execute(REFUSED, {"looks": looks})).scalars():
            found[look] = (*found.get(look, ()), "refused_name")
        return found

    def _look(self, opened: _Opened) -> bytes | None:
        return look_of(self.vault, opened.row.campaign, opened.row.display, opened.wanted)

    def _entry(self, opened: _Opened, known: tuple[str, ...]) -> Waiting:
        row, wanted = opened.row, opened.wanted
        return Waiting(
            id=row.id,
            number=row.number,
            name=wanted.name,
            place=wanted.place,
            affiliation=wanted.affiliation,
            comment=wanted.comment,
            name_waits=row.review == Review.QUEUED,
            comment_waits=row.comment_review == Review.QUEUED,
            flags=self.reviewing.flags(wanted) + known + tuple(_elsewhere(opened)),
        )

    def _open(self, rows: Sequence[Any]) -> Iterator[_Opened]:
        """Those whose data and key still exist."""
        for row in rows:
            if None in {row.data_key, row.identity, row.address, row.words}:
                continue
            try:
                seal = self.vault.open_form(row.data_key, row.supporter_id)
                words = seal.sign_on(row.words, row.id)
                who, where = seal.identity(row.identity), seal.address(row.address)
            except DomainError:
                continue
            wanted = appearance(Display(row.display), who, where, row.country, words)
            yield _Opened(row, seal, wanted, where)

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
        await session.execute(LOCK, {"ids": list(ids)})
        values = {"ids": list(ids), "campaign": campaign, "up_to": up_to}
        rows = (await session.execute(FOUND, values)).all()
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
        columns = {name: [each[name] for each in decided] for name in decided[0]}
        await session.execute(DECIDE, columns)
        people = {"people": [each.row.person_id for each in found], "what": what}
        if shown:
            await session.execute(FORGIVE, people)
        else:
            refused = looks if what == NAME else [None] * len(looks)
            await session.execute(REFUSE, {**people, "looks": refused})
        told = [str(each.row.id) for each in found]
        await record_all(session, actor, f"sign_on.{what}_{review}", told)
        return len(found)


def _elsewhere(opened: _Opened) -> Iterator[str]:
    """Hints that are not about the words themselves, and that do not hold back a name alone."""
    city, zip_code = opened.address.city, opened.address.zip
    if opened.row.display == Display.NAME and city and city_elsewhere(city, zip_code):
        yield "city_elsewhere"
    if opened.row.refused_address:
        yield "refused_address"


def _review(row: Any, what: What) -> Review:
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
