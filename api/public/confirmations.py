"""Confirming and discarding by the token of a mailed link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import JSONResponse, Response

from api.mail.promise import MAIL_ASKED
from api.public.answers import ConfirmedAnswer
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.public.repeats import RepeatableRoute
from api.submissions.forms import Code, Maybe, Model, Token, example

router = APIRouter(
    prefix="/api/v1/confirmations", tags=["confirmations"], route_class=RepeatableRoute
)
NO_STORE = {"Cache-Control": "no-store"}


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
    "", response_model=ConfirmedAnswer, openapi_extra=documented(ConfirmForm), name="confirm_form"
)
async def confirm(form: ConfirmBody, services: ServicesDep, session: SessionDep) -> Response:
    """Confirm the form behind a mailed link: its letters become its person's.

    Where the address has confirmed before, it takes `person`; without it the answer is 409
    `person_needed`, and nothing is done. A third person at one address is 409 `mailbox_full`.
    """
    confirmed = await services.confirmations.confirm(session, form.token, form.person)
    return JSONResponse(confirmed.as_json(services.settings.public_url), headers=NO_STORE)


@router.post("/discard", status_code=204, openapi_extra=documented(TokenForm), name="discard_form")
async def discard(form: TokenBody, services: ServicesDep, session: SessionDep) -> Response:
    """Discard a form that somebody else sent: it is deleted with its data."""
    await services.confirmations.discard(session, form.token)
    return Response(status_code=204, headers=NO_STORE)


@router.post("/resend", status_code=202, openapi_extra=documented(ResendForm), name="resend_mail")
async def resend(form: ResendBody, services: ServicesDep, session: SessionDep) -> Response:
    """Ask for the confirmation mail again. The answer is the same whatever is found: ``mail`` says
    when one comes, and when none does."""
    await services.confirmations.resend(session, form.id)
    return Response(MAIL_ASKED, 202, NO_STORE, "application/json")
