"""Confirming and discarding by the token of a mailed link."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header
from pydantic import Field
from starlette.responses import Response

from api.database.session import session_scope
from api.errors import TokenGone
from api.public.answers import ConfirmedAnswer
from api.public.bodies import body_of, documented
from api.public.dependencies import ConnectionDep, ServicesDep
from api.services import Services
from api.submissions.forms import Model
from api.submissions.idempotency import SealedAnswers, make_claim

router = APIRouter(prefix="/api/v1/confirmations", tags=["confirmations"])

KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key")]
NO_STORE = {"Cache-Control": "no-store"}


class TokenForm(Model):
    token: str = Field(max_length=100)


class ResendForm(Model):
    id: UUID = Field(strict=False, description="The id that the submission was answered with.")


TokenBody = Annotated[TokenForm, Depends(body_of(TokenForm))]
ResendBody = Annotated[ResendForm, Depends(body_of(ResendForm))]


@router.post("", response_model=ConfirmedAnswer, openapi_extra=documented(TokenForm))
async def confirm(form: TokenBody, services: ServicesDep, key: KeyHeader = None) -> Response:
    """Confirm the form behind a mailed link: its letters go on their way."""
    claim = make_claim(services.keys, "POST /confirmations", key, form.token.encode())
    if key is None or claim is None:
        return _json(await _confirm(services, form.token, None))
    answers = SealedAnswers(services.keys, key, claim)
    try:
        return _json(await _confirm(services, form.token, answers))
    except TokenGone:
        # The same request may have won the race for the token a moment ago.
        async with session_scope(services.engine) as session:
            remembered = await answers.find(await session.connection())
        if remembered is None:
            raise
        return _json(remembered)


@router.post("/discard", status_code=204, openapi_extra=documented(TokenForm))
async def discard(form: TokenBody, services: ServicesDep, connection: ConnectionDep) -> Response:
    """Say that this was somebody else: the form and its data are deleted."""
    await services.confirmations.discard(connection, form.token)
    return Response(status_code=204, headers=NO_STORE)


@router.post("/resend", status_code=202, openapi_extra=documented(ResendForm))
async def resend(form: ResendBody, services: ServicesDep, connection: ConnectionDep) -> Response:
    """Send the confirmation mail again, within the cap; answers alike whatever is found."""
    await services.confirmations.resend(connection, form.id)
    return Response(b'{"status":"queued"}', 202, NO_STORE, "application/json")


async def _confirm(services: Services, token: str, answers: SealedAnswers | None) -> bytes:
    async with session_scope(services.engine) as session:
        connection = await session.connection()
        if answers is not None:
            remembered = await answers.find(connection)
            if remembered is not None:
                return remembered
        confirmed = await services.confirmations.confirm(connection, token)
        body = orjson.dumps(confirmed.as_json(services.settings.public_url))
        if answers is not None:
            await answers.remember(connection, body)
        return body


def _json(body: bytes) -> Response:
    return Response(body, 200, NO_STORE, "application/json")
