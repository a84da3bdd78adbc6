"""One's own data, by the token of the mailed page: see, change, withdraw, erase."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.confirmation.supporter_page import look
from api.errors import TokenGone
from api.privacy.erasure import erase
from api.privacy.own_data import own_data
from api.public.bodies import body_of, documented
from api.public.confirmations import NO_STORE, TokenForm
from api.public.dependencies import ConnectionDep, ServicesDep
from api.sign_ons.models import Display
from api.sign_ons.own import change_display, signature_of, withdraw

router = APIRouter(prefix="/api/v1/self-service", tags=["self-service"])


class DisplayForm(TokenForm):
    display: Literal["hidden", "initials", "name"]


TokenBody = Annotated[TokenForm, Depends(body_of(TokenForm))]
DisplayBody = Annotated[DisplayForm, Depends(body_of(DisplayForm))]


class OwnDataAnswer(BaseModel):
    """All that is kept; what was wiped is null."""

    campaign: str
    language: str
    person: dict[str, Any] | None
    address: dict[str, Any] | None
    district: str | None
    words: dict[str, Any] | None
    letters: list[dict[str, Any]]
    signature: dict[str, Any] | None


class ChangedAnswer(BaseModel):
    changed: bool


class ErasedAnswer(BaseModel):
    cancelled: list[str] = Field(description="Offices whose letters had not gone out.")
    gone_out: list[str] = Field(description="Offices that have theirs, or may: it stays there.")


@router.post("", response_model=OwnDataAnswer, openapi_extra=documented(TokenForm))
async def see(form: TokenBody, services: ServicesDep, connection: ConnectionDep) -> Response:
    """All that is kept of the person behind a page's token."""
    page = await look(connection, form.token, services.vault, services.texts)
    signature = await signature_of(connection, page.form, services.vault) if page.form else None
    return JSONResponse(own_data(page, signature), headers=NO_STORE)


@router.post("/display", openapi_extra=documented(DisplayForm))
async def display(
    form: DisplayBody, services: ServicesDep, connection: ConnectionDep
) -> ChangedAnswer:
    """Appear otherwise under the statement from now on."""
    page = await look(connection, form.token, services.vault, services.texts)
    if page.form is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    wanted = Display(form.display)
    done = await change_display(connection, page.form, wanted, services.vault)
    return ChangedAnswer(changed=done)


@router.post("/withdraw", openapi_extra=documented(TokenForm))
async def withdraw_signature(
    form: TokenBody, services: ServicesDep, connection: ConnectionDep
) -> ChangedAnswer:
    """Take the name, or the organization's, from the statement and from the count."""
    page = await look(connection, form.token, services.vault, services.texts)
    if page.form is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    return ChangedAnswer(changed=await withdraw(connection, page.form))


@router.post("/erase", openapi_extra=documented(TokenForm))
async def erase_everything(
    form: TokenBody, services: ServicesDep, connection: ConnectionDep
) -> ErasedAnswer:
    """Delete all that is personal, cancel letters that wait, and say which have gone out."""
    page = await look(connection, form.token, services.vault, services.texts)
    erased = await erase(connection, page.person_id, services.settings.erasure_ledger_file)
    return ErasedAnswer(cancelled=list(erased.cancelled), gone_out=list(erased.gone_out))
