"""Confirming and discarding by the token of a mailed link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from api.confirmation.people import MailboxFull, PersonNeeded
from api.confirmation.results import Confirmed
from api.errors import CampaignNotOpen, TokenGone
from api.problems import problems
from api.public.answers import (
    MAIL_ASKED,
    ConfirmedAnswer,
    KeptLetter,
    LetterState,
    MailAskedAnswer,
    SignatureAnswer,
)
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.public.repeats import RepeatableRoute
from api.submissions.forms import Code, Maybe, Model, Token, example

router = APIRouter(
    prefix="/api/v1/confirmations", tags=["confirmations"], route_class=RepeatableRoute
)


class TokenForm(Model):
    model_config = example(token="the-end-of-a-mailed-link")  # noqa: S106

    token: Token


class ConfirmForm(TokenForm):
    person: Maybe[Code] = Field(
        default=None,
        description="Who confirms, where somebody has confirmed with this address on this "
        "campaign before: `same` (the one who did), `another`, or the `person` of one of the "
        "`people` that the 409 names.",
        examples=["another"],
    )


class ResendForm(Model):
    model_config = example(id="01a200fb-5100-7bf8-a7b7-769307bea45b")

    id: UUID = Field(strict=False, description="The id that the submission was answered with.")


TokenBody = Annotated[TokenForm, Depends(body_of(TokenForm))]
ConfirmBody = Annotated[ConfirmForm, Depends(body_of(ConfirmForm))]
ResendBody = Annotated[ResendForm, Depends(body_of(ResendForm))]


@router.post(
    "",
    responses=problems(PersonNeeded, MailboxFull, CampaignNotOpen, TokenGone),
    openapi_extra=documented(ConfirmForm),
    name="confirm_form",
)
async def confirm(form: ConfirmBody, services: ServicesDep, session: SessionDep) -> ConfirmedAnswer:
    """Confirm the form behind a mailed link: its letters become its person's.

    Where the address has confirmed before, it takes `person`; without it the answer is 409
    `person_needed`, and nothing is done. A third person at one address is 409 `mailbox_full`.
    """
    confirmed = await services.confirmations.confirm(session, form.token, form.person)
    return _told(confirmed, services.settings.public_url)


@router.post(
    "/discard",
    status_code=204,
    responses=problems(TokenGone),
    openapi_extra=documented(TokenForm),
    name="discard_form",
)
async def discard(form: TokenBody, services: ServicesDep, session: SessionDep) -> Response:
    """Discard a form that somebody else sent: it is deleted with its data."""
    await services.confirmations.discard(session, form.token)
    return Response(status_code=204)


@router.post("/resend", status_code=202, openapi_extra=documented(ResendForm), name="resend_mail")
async def resend(form: ResendBody, services: ServicesDep, session: SessionDep) -> MailAskedAnswer:
    """Ask for the confirmation mail again. The answer is the same whatever is found: ``mail`` says
    when one comes, and when none does."""
    await services.confirmations.resend(session, form.id)
    return MAIL_ASKED


def _told(confirmed: Confirmed, site: str) -> ConfirmedAnswer:
    """``site`` is the public URL."""
    signature = confirmed.signature
    return ConfirmedAnswer(
        status=confirmed.status,
        letters=[
            LetterState(id=made.id, seat=made.seat, name=made.name, status=made.status, **made.way)
            for made in confirmed.letters
        ],
        kept=[
            KeptLetter(seat=letter.seat, name=letter.name, written_on=letter.on)
            for letter in confirmed.kept
        ],
        replaced=list(confirmed.replaced),
        signed=confirmed.signed,
        signature=signature
        and SignatureAnswer(status=signature.what, signed_on=signature.on, review=signature.review),
        page_url=f"{site}/me/{confirmed.page_token}" if confirmed.page_token else None,
    )
