"""One's own data, by a mailed link that works once: see, change, withdraw, erase."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.confirmation.own_links import ask, open_link
from api.confirmation.supporter_page import look
from api.errors import NotFound, TokenGone
from api.privacy.erasure import erase
from api.privacy.everything import everything
from api.privacy.ledger import LedgerUnreadable
from api.privacy.own_data import own_data
from api.problems import problems
from api.public.answers import MAIL_ASKED, MailAskedAnswer
from api.public.bodies import body_of, documented
from api.public.confirmations import TokenForm
from api.public.dependencies import ServicesDep, SessionDep
from api.public.own_answers import OwnDataAnswer
from api.public.repeats import RepeatableRoute
from api.sign_ons.models import Display
from api.sign_ons.own import change_display, signature_of, withdraw
from api.submissions.forms import TIDY, Email, Given, Model, example
from api.supporters.tokens import LIFETIME, Purpose

# On both routers: logs and metrics would not see a prefix of a router that includes them.
PREFIX = "/api/v1/self-service"
# A route that stores something may be repeated; what is only read is not kept for a repeat.
reading = APIRouter(prefix=PREFIX, tags=["self-service"])
storing = APIRouter(prefix=PREFIX, tags=["self-service"], route_class=RepeatableRoute)
GONE = problems(TokenGone)


class LinkForm(Model):
    model_config = example(campaign="release-pows", email="ani@example.org")

    campaign: Annotated[str, Field(max_length=63), TIDY]
    email: Email


class EraseForm(TokenForm):
    model_config = example(token="the-end-of-a-mailed-link", others=False)  # noqa: S106

    others: Given[bool] = Field(
        default=False,
        description="Delete what waits at this mailbox under other names, too.",
    )


class DisplayForm(TokenForm):
    model_config = example(token="the-end-of-a-mailed-link", display="initials")  # noqa: S106

    display: Literal["hidden", "initials", "name"]


LinkBody = Annotated[LinkForm, Depends(body_of(LinkForm))]
TokenBody = Annotated[TokenForm, Depends(body_of(TokenForm))]
EraseBody = Annotated[EraseForm, Depends(body_of(EraseForm))]
DisplayBody = Annotated[DisplayForm, Depends(body_of(DisplayForm))]


class OpenedAnswer(BaseModel):
    token: str = Field(description="For the calls below.")
    expires_in: int = Field(description="Seconds that it works.")


class ChangedAnswer(BaseModel):
    changed: bool


class ErasedAnswer(BaseModel):
    cancelled: list[str] = Field(description="Offices whose letters we had not sent.")
    gone_out: list[str] = Field(
        description="Offices whose letters we sent, or their writer did, who told us so."
    )
    may_have: list[str] = Field(description="Offices whose letters may have gone out.")
    tests: list[str] = Field(description="Offices whose letters a test took: they got none.")
    others_waiting: int = Field(description="Forms under other names, which still wait.")
    mail_stopped: bool = Field(description="That no mail is to go to this address stays noted.")


@storing.post(
    "/links",
    status_code=202,
    responses=problems(NotFound),
    openapi_extra=documented(LinkForm),
    name="ask_for_own_link",
)
async def ask_for_link(
    form: LinkBody, services: ServicesDep, session: SessionDep
) -> MailAskedAnswer:
    """Ask for a link, which is mailed to this address if it took part; the answer is the same if
    it did not."""
    await ask(session, services.keys, form.campaign, form.email)
    return MAIL_ASKED


@storing.post("/open", responses=GONE, openapi_extra=documented(TokenForm), name="open_own_link")
async def open_once(form: TokenBody, session: SessionDep) -> OpenedAnswer:
    """Open a mailed link once, for a token that works a short while."""
    seconds = int(LIFETIME[Purpose.OWN_DATA].total_seconds())
    return OpenedAnswer(token=await open_link(session, form.token), expires_in=seconds)


@reading.post("", responses=GONE, openapi_extra=documented(TokenForm), name="read_own_page")
async def see(form: TokenBody, services: ServicesDep, session: SessionDep) -> OwnDataAnswer:
    """Read all data that is stored about the person behind an opened link."""
    page = await look(session, form.token, services.vault, services.texts, Purpose.OWN_DATA)
    signature = await signature_of(session, page.form, services.vault) if page.form else None
    more = await everything(session, page.person_id, services.vault, services.texts)
    return OwnDataAnswer.model_validate(own_data(page, signature, more))


@storing.post(
    "/display", responses=GONE, openapi_extra=documented(DisplayForm), name="change_display"
)
async def display(form: DisplayBody, services: ServicesDep, session: SessionDep) -> ChangedAnswer:
    """Change how one appears under the statement."""
    page = await look(session, form.token, services.vault, services.texts, Purpose.OWN_DATA)
    if page.form is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    wanted = Display(form.display)
    rules = services.published.reviewing(page.campaign)
    done = await change_display(session, page.form, wanted, services.vault, rules)
    return ChangedAnswer(changed=done)


@storing.post("/withdraw", responses=GONE, openapi_extra=documented(TokenForm))
async def withdraw_signature(
    form: TokenBody, services: ServicesDep, session: SessionDep
) -> ChangedAnswer:
    """Withdraw the name, or the organization's, from the statement and from the count."""
    page = await look(session, form.token, services.vault, services.texts, Purpose.OWN_DATA)
    if page.form is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    return ChangedAnswer(changed=await withdraw(session, page.form, services.vault))


@storing.post(
    "/erase",
    responses=problems(TokenGone, LedgerUnreadable),
    openapi_extra=documented(EraseForm),
)
async def erase_everything(
    form: EraseBody, services: ServicesDep, session: SessionDep
) -> ErasedAnswer:
    """Delete all that is personal, cancel letters that wait, and say which have gone out."""
    page = await look(session, form.token, services.vault, services.texts, Purpose.OWN_DATA)
    who = (page.person_id, services.settings, services.vault)
    erased = await erase(session, *who, others=form.others)
    return ErasedAnswer(
        cancelled=list(erased.cancelled),
        gone_out=list(erased.gone_out),
        may_have=list(erased.may_have),
        tests=list(erased.tests),
        others_waiting=erased.others_waiting,
        mail_stopped=erased.mail_stopped,
    )


router = APIRouter()
router.include_router(reading)
router.include_router(storing)
