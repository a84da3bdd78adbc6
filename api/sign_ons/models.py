"""Statements as they were signed, and the people and organizations who signed them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, Sequence, UniqueConstraint, text
from sqlmodel import SQLModel, and_, col, or_

from api.database.columns import (
    Retention,
    Word,
    column,
    document,
    moment,
    one_of,
    related,
    sealed,
)
from api.supporters.models import Standing, Supporter, SupporterStatus

KEPT, PERSONAL, TRANSIENT = Retention.KEPT, Retention.PERSONAL, Retention.TRANSIENT

# Numbers in the queue for review: never assigned twice, so that an organizer who has read up to one
# has read all below it.
REVIEW_NUMBERS = Sequence("review_numbers", metadata=SQLModel.metadata)


class Display(StrEnum):
    """How a signer appears: not at all, with initials and state, or with name and place."""

    HIDDEN = "hidden"
    INITIALS = "initials"
    NAME = "name"


class Review(StrEnum):
    """What an organizer has to decide, or decided; ``none`` if there is nothing to look at."""

    NONE = "none"
    QUEUED = "queued"
    PASSED = "passed"
    REFUSED = "refused"


class OrganizationStatus(StrEnum):
    """``confirmed`` waits for an organizer, beside others of the same name; ``taken``: an approved
    entry has its name or domain."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    TAKEN = "taken"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    EXPIRED = "expired"
    ERASED = "erased"


class StatementText(SQLModel, table=True):
    """An open letter's text in one language, by its digest; never changed."""

    __tablename__ = "statements"

    digest: str = column(KEPT, primary_key=True)
    campaign: str = column(KEPT, index=True)
    language: str = column(KEPT)
    text: str = column(KEPT)
    since: datetime = moment(KEPT)


class StatementPrint(SQLModel, table=True):
    """An open letter's PDF, kept for minutes; unlogged, since it can be made again.

    ``wanted_at``: since when somebody wants a new one. ``digest`` is over all that it shows.
    """

    __tablename__ = "statement_prints"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    campaign: str = column(TRANSIENT, primary_key=True)
    language: str = column(TRANSIENT, primary_key=True)
    digest: str | None = column(TRANSIENT)
    pdf: bytes | None = column(TRANSIENT, sa_type=LargeBinary)
    made_at: datetime | None = moment(TRANSIENT)
    wanted_at: datetime | None = moment(TRANSIENT)
    lease_until: datetime | None = moment(TRANSIENT)


class SignOn(SQLModel, table=True):
    """A person's name under a statement. ``words`` (affiliation, comment) are sealed with the
    form's own key, as is ``passed``, the text that an organizer passed; ``public_…`` is what its
    owner chose to show, once it has passed and until it is withdrawn, and ``look`` a keyed hash of
    how a shown name looks. ``earlier`` is the person's signature that this one changed or repeated.
    ``sequence`` grows within a campaign, ``review_number`` in the queue for review; both are given
    by whoever folds counts."""

    __tablename__ = "sign_ons"
    __table_args__ = (
        UniqueConstraint("supporter_id"),
        UniqueConstraint("campaign", "sequence"),
        Index(
            "sign_ons_one_a_person",
            "person_id",
            unique=True,
            postgresql_where=text("status = 'confirmed'"),
        ),
        Index(
            "sign_ons_unnumbered",
            "campaign",
            "id",
            postgresql_where=text("status = 'confirmed' AND sequence IS NULL"),
        ),
        one_of("sign_ons", "display", Display),
        one_of("sign_ons", "status", SupporterStatus),
        one_of("sign_ons", "review", Review),
        one_of("sign_ons", "comment_review", Review),
    )

    id: UUID = column(KEPT, primary_key=True)
    supporter_id: UUID = column(KEPT, foreign_key="supporters.id")
    campaign: str = column(KEPT)
    person_id: UUID | None = column(KEPT, default=None, foreign_key="persons.id")
    statement: str = column(KEPT)
    display: Display = column(KEPT, sa_type=Word)
    words: bytes | None = sealed(PERSONAL, nullable=True)
    status: SupporterStatus = column(KEPT, sa_type=Word)
    sequence: int | None = column(KEPT, sa_type=BigInteger, default=None)
    review: Review = column(KEPT, sa_type=Word)
    comment_review: Review = column(KEPT, sa_type=Word)
    review_number: int | None = column(KEPT, sa_type=BigInteger, default=None)
    passed: bytes | None = sealed(PERSONAL, nullable=True)
    public_name: str | None = column(PERSONAL, default=None)
    public_place: str | None = column(PERSONAL, default=None)
    public_affiliation: str | None = column(PERSONAL, default=None)
    public_comment: str | None = column(PERSONAL, default=None)
    sort_key: bytes | None = sealed(PERSONAL, nullable=True)
    look: bytes | None = sealed(PERSONAL, nullable=True)
    earlier: UUID | None = column(KEPT, default=None)

    supporter: Supporter = related()


# The rows of the public list.
SHOWN: Final = and_(
    col(SignOn.status) == SupporterStatus.CONFIRMED,
    col(SignOn.display) != Display.HIDDEN,
    col(SignOn.review) == Review.PASSED,
    col(SignOn.sequence).is_not(None),
)
# The rows that wait for review.
IN_REVIEW: Final = and_(
    col(SignOn.status) == SupporterStatus.CONFIRMED,
    or_(*(each == Review.QUEUED for each in (col(SignOn.review), col(SignOn.comment_review)))),
)
UNQUEUED: Final = and_(IN_REVIEW, col(SignOn.review_number).is_(None))

Index("sign_ons_look", col(SignOn.campaign), col(SignOn.look), postgresql_where=SHOWN)
Index("sign_ons_shown", col(SignOn.campaign), col(SignOn.sequence), postgresql_where=SHOWN)
Index(
    "sign_ons_sorted",
    *(col(SignOn.campaign), col(SignOn.sort_key), col(SignOn.sequence)),
    postgresql_where=SHOWN,
)
Index(
    "sign_ons_in_review",
    *(col(SignOn.campaign), col(SignOn.review_number)),
    postgresql_where=IN_REVIEW,
)
Index("sign_ons_to_queue", col(SignOn.id), postgresql_where=UNQUEUED)


class Refusal(SQLModel, table=True):
    """An organizer refused a person's ``name`` or ``comment`` on a campaign.

    It is the person's, not one signature's: it holds over withdrawing and signing again, until an
    organizer passes something of theirs or they are erased. ``look`` is a keyed hash of a refused
    name, so that it is known again when somebody else signs with it.
    """

    __tablename__ = "refusals"

    person_id: UUID = column(KEPT, primary_key=True, foreign_key="persons.id")
    what: str = column(KEPT, primary_key=True)
    look: bytes | None = sealed(PERSONAL, nullable=True, index=True)


class InvalidationStatus(StrEnum):
    """``cancelled`` half way keeps what it took; ``undoing`` gives back, to ``undone``."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


class Invalidation(SQLModel, table=True):
    """A bulk invalidation: ``people`` were previewed, ``taken`` have lost their ``standing``.

    ``criteria`` say whom, with hashes in place of what was asked for, as long as it runs.
    """

    __tablename__ = "invalidations"
    __table_args__ = (
        Index(
            "invalidations_at_work",
            "at",
            postgresql_where=text("status IN ('running', 'undoing')"),
        ),
        one_of("invalidations", "standing", Standing),
        one_of("invalidations", "status", InvalidationStatus),
    )

    id: UUID = column(KEPT, primary_key=True)
    campaign: str = column(KEPT)
    people: int = column(KEPT)
    taken: int = column(KEPT, default=0)
    standing: Standing = column(KEPT, sa_type=Word, default=Standing.COUNTED)
    criteria: dict[str, Any] | None = document(Retention.TRANSIENT, nullable=True)
    status: InvalidationStatus = column(KEPT, sa_type=Word)
    at: datetime = moment(KEPT)
    undone_at: datetime | None = moment(KEPT, default=None, nullable=True)


class HandedIn(SQLModel, table=True):
    """To whom a statement was handed in with its names, and on which day."""

    __tablename__ = "handed_in"

    id: UUID = column(KEPT, primary_key=True)
    campaign: str = column(KEPT, index=True)
    recipient: str = column(KEPT)
    day: date = column(KEPT)


class Organization(SQLModel, table=True):
    """An organization's name under a statement, signed by whoever may speak for it.

    ``entry`` (name, website) and ``representative`` (role, whether the name is shown) are sealed
    with the form's own key. ``name_key`` and ``domain`` (none on a shared host) are what one entry
    is told from another by; the hashes are keyed, of them and of how the name looks. Only an
    approved entry is plain: its name, website, key and domain, which it takes. ``signs_as`` is
    ``lead`` or ``signatory``; ``basis`` says how the authority was checked: ``domain`` when the
    representative's address is at the organization's own, else ``manual``.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        UniqueConstraint("supporter_id"),
        UniqueConstraint("campaign", "sequence"),
        Index(
            "organizations_one_a_name",
            "campaign",
            "name_key",
            unique=True,
            postgresql_where=text("status = 'approved'"),
        ),
        Index(
            "organizations_one_a_domain",
            "campaign",
            "domain",
            unique=True,
            postgresql_where=text("status = 'approved' AND domain IS NOT NULL"),
        ),
        one_of("organizations", "status", OrganizationStatus),
    )

    id: UUID = column(KEPT, primary_key=True)
    supporter_id: UUID = column(KEPT, foreign_key="supporters.id")
    campaign: str = column(KEPT)
    statement: str = column(KEPT)
    entry: bytes | None = sealed(PERSONAL, nullable=True)
    name_hash: bytes | None = sealed(PERSONAL, nullable=True)
    look_hash: bytes | None = sealed(PERSONAL, nullable=True)
    domain_hash: bytes | None = sealed(PERSONAL, nullable=True)
    name: str | None = column(KEPT, default=None)
    website: str | None = column(KEPT, default=None)
    country: str = column(KEPT)
    name_key: str | None = column(KEPT, default=None)
    domain: str | None = column(KEPT, default=None)
    basis: str = column(KEPT)
    # Its column keeps the name that older processes write to, and the API its name of the field:
    # the standing of a person is another thing.
    signs_as: str = column(KEPT, kwargs={"name": "standing"})
    representative: bytes | None = sealed(PERSONAL, nullable=True)
    status: OrganizationStatus = column(KEPT, sa_type=Word)
    sequence: int | None = column(KEPT, sa_type=BigInteger, default=None)
    public_representative: str | None = column(PERSONAL, default=None)
    sort_key: bytes | None = sealed(KEPT, nullable=True)

    supporter: Supporter = related()
