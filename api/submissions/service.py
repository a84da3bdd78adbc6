"""The main path: from a form to stored, unconfirmed letters.

``public/`` and ``pages/`` parse a form and call this; nothing here knows HTTP. The accept path
does no network I/O: targets and texts are in memory, and the mail to send is stored with the
form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import statement_of
from api.deliveries.routing import Route, Router
from api.errors import (
    CampaignClosed,
    DomainError,
    FieldError,
    InvalidInput,
    LetterChanged,
    NotFound,
    NotYourTarget,
)
from api.letters.render import LetterText
from api.letters.store import TextStore
from api.partners.registry import Partners
from api.security.keys import KeyRing
from api.security.text import TextRefused, within
from api.submissions.approval import Approval, Shown, hash_place, sign, verify
from api.submissions.channel_checks import check_letters, check_writer
from api.submissions.drafts import Draft, make_drafts, needed_edit, show
from api.submissions.forms import (
    LettersForm,
    Place,
    PreviewForm,
    SignOnForm,
    SubmissionForm,
    TargetsForm,
)
from api.submissions.intake import IdempotencyClaim, Intake
from api.submissions.rows import Accepted, make_row
from api.submissions.street import Located, locate, was_located
from api.submissions.targeting import (
    Targeting,
    find_targets,
    place_of,
    require_complete,
)
from api.supporters.vault import Edit, Vault, Words
from api.targets.congress import Directory
from api.targets.days import eastern_date
from api.targets.geocoder import Geocoder


class IsOpenLetter(DomainError):
    status = 409
    code = "open_letter"
    title = "This campaign is an open letter"


@dataclass(frozen=True, slots=True)
class Preview:
    """The letters of one form, and the signed approval that says they were shown."""

    targeting: Targeting
    drafts: Sequence[Draft]
    routes: Sequence[Route]
    approval: str

    def as_json(self, keys: KeyRing) -> dict[str, Any]:
        return {
            "letters": [
                show(draft, keys, route.told)
                for draft, route in zip(self.drafts, self.routes, strict=True)
            ],
            "approval": self.approval,
        }


class _Composed(NamedTuple):
    """A consistent form: its targets, the texts for them, the writer's own words."""

    published: PublishedCampaign
    bundle: str
    demands: tuple[str, ...]
    targeting: Targeting
    place: str
    texts: tuple[LetterText, ...]
    words: Words
    routes: tuple[Route, ...]

    @property
    def drafts(self) -> list[Draft]:
        return make_drafts(self.texts, self.place, self.words)


@dataclass(frozen=True)
class Submissions:
    """The started service. ``catalog`` and ``directory`` return the current versions."""

    catalog: Callable[[], Catalog]
    directory: Callable[[], Directory]
    keys: KeyRing
    vault: Vault
    texts: TextStore
    router: Router
    intake: Intake
    partners: Partners
    geocoder: Geocoder | None
    public_url: str
    clock: Callable[[], datetime]

    def find_campaign(self, slug: str, *, closed: bool = True) -> PublishedCampaign:
        """A campaign that the public may see. Raises NotFound, or CampaignClosed unless
        ``closed`` ones will do."""
        published = self.catalog().get(slug)
        state = published.state(self.clock())
        if state not in {"open", "closed"}:
            raise NotFound("There is no such campaign: see the list of campaigns.")
        if state == "closed" and not closed:
            raise CampaignClosed("This campaign takes no more letters; it can still be read.")
        return published

    def targets(self, slug: str, zip_code: str, district: str | None) -> Targeting:
        """Who would be written to. Raises NotFound, or InvalidInput on ``zip``, ``district``."""
        published = self.find_campaign(slug)
        today = eastern_date(self.clock())
        return find_targets(published, self.directory(), zip_code, district, today)

    async def locate(self, slug: str, form: TargetsForm) -> tuple[Targeting, Located]:
        """The same for a street, by the operator's geocoder, with the proof to send along.

        Raises besides LookUpOff, and Unavailable when the geocoder is.
        """
        found = self.targets(slug, form.zip, None).found
        located = await locate(self.geocoder, self.keys, form, found, self.clock())
        return self.targets(slug, form.zip, located.district), located

    def preview(self, slug: str, form: PreviewForm) -> Preview:
        """The letters as they would go out, and their approval; nothing is stored."""
        composed = self._compose(self._writable(slug), form, form.supporter)
        check_letters(composed.routes, form, lambda: composed.drafts)
        return self._shown(composed)

    async def submit(
        self,
        slug: str,
        form: SubmissionForm,
        *,
        client: str | None = None,
        claim: IdempotencyClaim | None = None,
        surface: str = "api",
    ) -> bytes:
        """Store a form and return its answer (the JSON of a 202), after the commit.

        ``surface`` is where it was filled in: ``page``, ``widget`` or ``api``.

        Raises InvalidInput, NotYourTarget, CampaignClosed, LetterChanged when an approval does
        not fit any more, IdempotencyConflict, or Unavailable. Somebody who took part before
        gets the same answer as somebody new.
        """
        composed = self._compose(self._writable(slug), form, form.supporter)
        if form.approval is not None:
            composed = await self._approved(composed, form)
        check_letters(composed.routes, form, lambda: composed.drafts)
        await self.texts.keep(composed.texts)
        accepted = Accepted(
            campaign=slug,
            bundle=composed.bundle,
            demands=composed.demands,
            form=form,
            targeting=composed.targeting,
            words=composed.words,
            texts=composed.texts,
            ways=tuple(route.told for route in composed.routes),
            partner=known_partner(self.partners, composed.published, form.partner),
            basis=self._basis(composed.targeting, form),
            client=client,
            at=self.clock(),
            public_url=self.public_url,
            surface=surface,
            statement=_signed(composed.published, form),
        )
        return await self.intake.put(partial(make_row, accepted, self.keys, self.vault, claim))

    def _basis(self, targeting: Targeting, form: SubmissionForm) -> str | None:
        """How the district is known: by the ZIP alone, by the supporter's word, or looked up."""
        found = targeting.found
        if found.district is None:
            return None
        known = was_located(self.keys, form.located, form.supporter, found, self.clock())
        return "geocoded" if known else found.basis

    def _writable(self, slug: str) -> PublishedCampaign:
        published = self.find_campaign(slug, closed=False)
        if published.campaign.kind == "open_letter":
            raise IsOpenLetter("It takes names under its statement, and no letters.")
        return published

    def _compose(self, published: PublishedCampaign, form: LettersForm, place: Place) -> _Composed:
        _check_offer(published, form)
        demands = published.demands_for(form.demands)
        today = eastern_date(self.clock())
        try:
            targeting = find_targets(published, self.directory(), place.zip, form.district, today)
        except InvalidInput as error:
            raise _under_supporter(error) from None
        require_complete(targeting, place)
        check_writer(self.router, targeting, place)
        filled = place_of(targeting, place)
        texts = tuple(published.text(seat, demands) for seat in targeting.seats)
        words = _words(published, form, texts, filled)
        bundle = published.bundle_digest
        routes = self._routes(targeting.seats, place)
        return _Composed(published, bundle, demands, targeting, filled, texts, words, routes)

    def _routes(self, seats: Sequence[str], place: Place) -> tuple[Route, ...]:
        """How each letter will go, as far as is known before it is confirmed."""
        has_prefix = getattr(place, "prefix", None) is not None
        return tuple(self.router.foresee(seat, has_prefix=has_prefix) for seat in seats)

    async def _approved(self, composed: _Composed, form: SubmissionForm) -> _Composed:
        """The form with the texts that its writer approved, even if they are of an older version.

        Raises LetterChanged, with the present letters, when the approval is not ours, too old,
        or for other targets, another place or other demands.
        """
        approval = verify(self.keys, form.approval or "")
        if approval is None or not self._still_fits(approval, composed):
            raise self._changed(composed)
        if _is_present(approval, composed):
            return composed
        found = await self.texts.find(shown.text for shown in approval.letters)
        if len(found) < len({shown.text for shown in approval.letters}):
            raise self._changed(composed)
        texts = tuple(found[shown.text] for shown in approval.letters)
        words = _words(composed.published, form, texts, composed.place)
        return _Composed(
            composed.published,
            approval.bundle,
            composed.demands,
            composed.targeting,
            composed.place,
            texts,
            words,
            composed.routes,
        )

    def _still_fits(self, approval: Approval, composed: _Composed) -> bool:
        holders = [(target.seat, target.id) for target in composed.targeting.targets]
        return (
            approval.is_fresh(self.clock())
            and approval.campaign == composed.published.campaign.slug
            and approval.demands == composed.demands
            and approval.place == hash_place(self.keys, composed.place)
            and [(shown.seat, shown.holder) for shown in approval.letters] == holders
        )

    def _shown(self, composed: _Composed) -> Preview:
        letters = tuple(Shown(text.seat, text.target_id, text.digest) for text in composed.texts)
        approval = Approval(
            campaign=composed.published.campaign.slug,
            bundle=composed.bundle,
            demands=composed.demands,
            place=hash_place(self.keys, composed.place),
            letters=letters,
            at=int(self.clock().timestamp()),
        )
        approved = sign(self.keys, approval)
        return Preview(composed.targeting, composed.drafts, composed.routes, approved)

    def _changed(self, composed: _Composed) -> LetterChanged:
        present = self._shown(composed).as_json(self.keys)
        return LetterChanged("Read the letters as they are now, and send them again.", **present)


def _is_present(approval: Approval, composed: _Composed) -> bool:
    """Whether the approved version is the one that would be shown now, which is the usual case."""
    shown = [letter.text for letter in approval.letters]
    present = [text.digest for text in composed.texts]
    return approval.bundle == composed.bundle and shown == present


def _check_offer(published: PublishedCampaign, form: LettersForm) -> None:
    campaign = published.campaign
    if form.language not in campaign.languages:
        offered = ", ".join(campaign.languages)
        raise InvalidInput(
            FieldError("language", "not_offered", f"This campaign is offered in: {offered}.")
        )
    check_sign_on(published, form.sign_on)


def check_sign_on(published: PublishedCampaign, signing: SignOnForm | None) -> None:
    """Raises InvalidInput for a sign-on, or an affiliation, that the campaign does not take."""
    offered = published.campaign.sign_on
    if signing is None:
        return
    if offered is None or not offered.persons:
        message = "This campaign has no public statement that people sign."
        raise InvalidInput(FieldError("sign_on", "not_offered", message))
    if signing.affiliation is not None and not offered.affiliation:
        message = "This campaign shows no affiliations: leave it out."
        raise InvalidInput(FieldError("sign_on.affiliation", "not_asked", message))


def _signed(published: PublishedCampaign, form: LettersForm) -> str | None:
    """The digest of the statement that is signed beside the letters, if one is."""
    return statement_of(published, form.language).digest if form.sign_on is not None else None


def _words(
    published: PublishedCampaign, form: LettersForm, texts: Sequence[LetterText], place: str
) -> Words:
    """The writer's own words. Raises NotYourTarget for an edit of somebody else's letter."""
    _check_answers(published, form.answers)
    words = Words(form.answers)
    by_seat = {text.seat: text for text in texts}
    edits: dict[str, Edit] = {}
    for number, edit in enumerate(form.letters):
        if edit.seat not in by_seat:
            raise NotYourTarget("Send edits only for the offices that represent your address.")
        if edit.seat in edits:
            raise InvalidInput(FieldError("letters", "doubled", "Name each office only once."))
        needed = needed_edit(by_seat[edit.seat], place, words.own, edit, number)
        edits[edit.seat] = needed or Edit()
    return replace(words, edits={seat: edit for seat, edit in edits.items() if edit != Edit()})


def _check_answers(published: PublishedCampaign, answers: Mapping[str, str]) -> None:
    """Raises InvalidInput for words that the campaign does not ask for, or that are too long."""
    asked = published.campaign.form.asked
    for name in filter(answers.get, answers):
        field = asked.get(name)
        if field is None:
            message = f"This campaign takes no words for all letters: leave `{name}` out."
            raise InvalidInput(FieldError(name, "not_asked", message))
        try:
            within(answers[name], field.max)
        except TextRefused as error:
            raise InvalidInput(FieldError(name, error.code, error.message, error.params)) from None


def _under_supporter(error: InvalidInput) -> InvalidInput:
    """The same error with its path in the body: ``zip`` is ``supporter.zip`` there."""
    fields = (replace(f, field="supporter.zip") if f.field == "zip" else f for f in error.fields)
    return InvalidInput(*fields, **error.extra)


def known_partner(
    partners: Partners, published: PublishedCampaign, partner: str | None
) -> str | None:
    """The partner if it is one of the campaign's, else None: anybody can put text there."""
    known = partners.known(published.campaign.partners, partner)
    return known.slug if known else None
