"""What the words of a mail need to know, read from the database."""

from typing import Any, Final

from sqlalchemy import bindparam, true
from sqlmodel import col, func, select

from api.deliveries.models import Delivery, DeliveryStatus
from api.letters.models import Letter, StoredText
from api.mail.models import Mail
from api.sign_ons.models import Organization, Review, SignOn
from api.submissions.models import Submission
from api.submissions.stored import wanted_letters
from api.supporters.models import Supporter, SupporterStatus
from api.supporters.waiting import first_mailed

GOING: Final = (
    DeliveryStatus.QUEUED,
    DeliveryStatus.SENDING,
    DeliveryStatus.RETRYING,
    DeliveryStatus.ACCEPTED,
    DeliveryStatus.SENT,
    DeliveryStatus.WRITTEN,
)


def _facts() -> Any:
    """A mail with its form: ``mailed`` is when the first mail that leads to the form was sent,
    ``holders`` are the ids of whom its letters are written to, by seat."""
    wanted = wanted_letters()
    holders = (
        select(func.jsonb_object_agg(wanted.c.seat, StoredText.target_id))
        .select_from(wanted)
        .join(StoredText, col(StoredText.digest) == wanted.c.text)
    )
    columns: tuple[Any, ...] = (
        *(Mail.kind, Mail.reason),
        *(Supporter.id, Supporter.campaign, Supporter.data_key, Supporter.identity),
        *(Supporter.email_hash, Supporter.form_hash, Supporter.person_id, Supporter.language),
        *(Supporter.status, Supporter.hour, first_mailed(Supporter.id).label("mailed")),
        *(Submission.letters, (col(Submission.letters) == []).label("signs_only")),
        col(Organization.status).label("organization"),
        holders.scalar_subquery().label("holders"),
    )
    return (
        select(*columns)
        .select_from(Mail)
        .join(Supporter, col(Supporter.id) == Mail.supporter_id)
        .join(Submission, col(Submission.supporter_id) == Supporter.id, isouter=True)
        .join(Organization, col(Organization.supporter_id) == Supporter.id, isouter=True)
        .where(Mail.id == bindparam("id"))
    )


def _steps() -> Any:
    """Where the letters of a form are, by each one's newest delivery, and how many names of its
    person wait for review. Letters of a test reach no office."""
    newest = (
        select(Delivery.channel)
        .where(Delivery.letter_id == Letter.id)
        .order_by(col(Delivery.opened_at).desc())
        .limit(1)
        .lateral()
    )
    going, status = col(Letter.status).in_(GOING), col(Letter.status)
    is_test, number = newest.c.channel.in_(bindparam("tests", expanding=True)), func.count()
    in_review = (
        select(func.count())
        .select_from(SignOn)
        .join(Supporter, col(Supporter.person_id) == SignOn.person_id)
        .where(
            Supporter.id == bindparam("id"),
            SignOn.status == SupporterStatus.CONFIRMED,
            SignOn.review == Review.QUEUED,
        )
    )
    columns: tuple[Any, ...] = (
        number.filter(status == DeliveryStatus.NEEDS_USER_ACTION).label("own_steps"),
        number.filter(going, ~is_test).label("on_their_way"),
        number.filter(status == DeliveryStatus.PAUSED).label("on_hold"),
        number.filter(going, is_test).label("tests"),
        in_review.scalar_subquery().label("in_review"),
    )
    return (
        select(*columns)
        .select_from(Letter)
        .join(Submission)
        .join(newest, true())
        .where(Submission.supporter_id == bindparam("id"))
    )


FACTS: Final = _facts()
STEPS: Final = _steps()
