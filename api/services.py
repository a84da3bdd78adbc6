"""The started services of one process, and how they are put together.

Routes, pages, worker and commands receive a ``Services`` and use what they need from it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from api import metrics
from api.campaigns.catalog import Catalog, load_catalog
from api.campaigns.checked import Checked
from api.campaigns.dossier import Office
from api.campaigns.published import PublishedCampaign
from api.campaigns.record_keeper import RecordKeeper
from api.campaigns.states import remember_states
from api.confirmation.mails import Mailer
from api.confirmation.returned import ReturnedMail
from api.confirmation.service import Confirmations
from api.counts.reader import CountReader
from api.database.connection import connect
from api.database.engine import create_engine
from api.database.probe import Probe
from api.database.roles import session_role
from api.database.session import transaction
from api.deliveries.routing import Router, make_router
from api.deliveries.turnover import Seats
from api.errors import DomainError
from api.letters.models import Bundle
from api.letters.store import TextStore
from api.limits.buckets import Bucket
from api.limits.keeper import Limits, Taken
from api.limits.limiter import RateLimiter
from api.mail.compose import Composer
from api.mail.message import Sender
from api.mail.transport import make_transport
from api.partners.registry import Partners
from api.printing.workshop import Workshop
from api.security.clients import Client, find_client
from api.security.keys import KeyRing, open_key_ring
from api.security.proxies import ProxyNotes
from api.settings import Settings
from api.sign_ons.prints import StatementPrinting, StatementPrints
from api.sign_ons.review import Reviewing, load_tables, reviewing
from api.sign_ons.service import SignOns
from api.sign_ons.statements import keep_statements
from api.submissions.intake import Intake
from api.submissions.service import Submissions
from api.submissions.targeting import find_targets
from api.supporters.suspicion import Rules, load_rules
from api.supporters.vault import Vault
from api.targets.congress import Directory
from api.targets.data_keeper import DataKeeper
from api.targets.days import eastern_date
from api.targets.geocoder import Geocoder


class NoSuchList(DomainError):
    status = 503
    code = "no_domain_list"
    title = "A list of domains is not there"


class NoDatabase(DomainError):
    status = 503
    code = "no_database"
    title = "There is no database"


@dataclass(frozen=True)
class Published:
    """What this process shows: the reference data and the campaigns checked against it."""

    directory: Directory
    catalog: Catalog

    def reviewing(self, slug: str) -> Reviewing:
        """The review rules for the names of a campaign, even if its file is gone."""
        return reviewing(self.catalog.campaigns.get(slug), self.directory)


@dataclass
class Services:
    """``published`` is replaced as a whole when records or reference data change."""

    settings: Settings
    published: Published
    url: str
    role: str | None
    engine: AsyncEngine
    lookups: AsyncEngine
    probe: Probe
    keys: KeyRing
    vault: Vault
    texts: TextStore
    router: Router
    intake: Intake
    partners: Partners
    records: RecordKeeper
    data: DataKeeper
    counts: CountReader
    submissions: Submissions
    sign_ons: SignOns
    limits: RateLimiter
    proxies: ProxyNotes
    workshop: Workshop
    statements: StatementPrints
    confirmations: Confirmations
    seats: Seats


def now() -> datetime:
    return datetime.now(UTC)


def services_of(request: Request) -> Services:
    """The services of the process that answers this request."""
    services: Services = request.app.state.services
    return services


def client_of(request: Request) -> str | None:
    """Who counts as one client (an IPv4 address, or an IPv6 network of 64 bits), past our own
    proxies; None where nobody can tell. Only keyed hashes of it are stored."""
    state = request.scope.setdefault("state", {})
    if "client" not in state:  # found once per request
        state["client"] = _find_client(request)
    found: Client = state["client"]
    return found.key


async def take_token(request: Request, bucket: Bucket) -> Taken | None:
    """Take a token from the client's bucket; None if rate limits do not work now."""
    return await services_of(request).limits.take(bucket, client_of(request), now().date())


def _find_client(request: Request) -> Client:
    peer, services = request.client.host if request.client else None, services_of(request)
    found = find_client(peer, request.scope["headers"], services.settings.trusted_proxies)
    if found.trouble is not None and found.proxy is not None:
        metrics.forwarding_trouble(found.trouble)
        services.proxies.note(found.proxy, found.trouble)
    return found


def load_published(
    settings: Settings, checked: Checked | None = None, directory: Directory | None = None
) -> Published:
    """Read campaigns and data, or take the data that is given. Raises CheckFailed with every
    problem of every file.

    Letters that were ``checked`` before are not checked again.
    """
    directory = directory or Directory.load(settings.data_dir)
    return Published(directory, _read_campaigns(settings, directory, checked))


def _read_campaigns(
    settings: Settings, directory: Directory, checked: Checked | None = None
) -> Catalog:
    folders = (settings.campaigns_dir, settings.templates_dir)
    return load_catalog(*folders, directory, eastern_date(now()), checked)


@asynccontextmanager
async def started(
    settings: Settings, published: Published | None = None
) -> AsyncIterator[Services]:
    """The services of one process, from the start to the end of the block.

    Raises CheckFailed, KeyRingError or NoDatabase when the process must not start.
    """
    login = settings.app_database_url or settings.database_url
    if login is None:
        raise NoDatabase("Set DATABASE_URL, or start with `undersigned serve`.")
    published = published or load_published(settings, Checked.load(settings.state_dir))
    url = login.get_secret_value()
    role = await session_role(url)
    services = _assemble(settings, published, url, role)
    try:
        await asyncio.to_thread(load_tables, published.directory)
        await publish_texts(services)
        services.intake.start()
        await services.partners.start()
        await services.router.start()
        await services.records.start()
        await services.data.start()
        yield services
    finally:
        await services.intake.close()
        await services.partners.close()
        await services.router.close()
        await services.data.close()
        await services.records.close()
        await services.workshop.close()
        await services.limits.close()
        if services.submissions.geocoder is not None:
            await services.submissions.geocoder.close()
        await services.engine.dispose()
        await services.lookups.dispose()


class _Present:
    """The current versions, for services that are created before ``Services`` is complete."""

    services: Services

    def catalog(self) -> Catalog:
        return self.services.published.catalog

    def directory(self) -> Directory:
        return self.services.published.directory

    def reviewing(self, slug: str) -> Reviewing:
        return self.services.published.reviewing(slug)

    def office(self, seat: str) -> Office | None:
        return self.catalog().dossier.offices.get(seat)

    async def publish(self, changed: Catalog) -> None:
        await publish_letters(self.services.texts, changed)
        self.services.published = Published(self.directory(), changed)

    async def publish_data(self, directory: Directory) -> None:
        """Make other reference data hold, with the campaigns as they are with it.

        New lines alone change no letter. Raises CheckFailed where a campaign does not fit it.
        """
        services = self.services
        await asyncio.to_thread(directory.prepare, eastern_date(now()))

        def take(catalog: Catalog) -> None:
            services.published = Published(directory, catalog)
            find_targets.cache_clear()  # it holds on to the earlier data

        if directory.letters_digest == self.directory().letters_digest:
            take(self.catalog())
            return
        checked = Checked.load(services.settings.state_dir)
        files = await asyncio.to_thread(_read_campaigns, services.settings, directory, checked)
        await asyncio.to_thread(load_tables, directory)

        async def publish(catalog: Catalog) -> None:
            await publish_letters(services.texts, catalog)
            take(catalog)

        await services.records.rebase(files, publish)


def _assemble(settings: Settings, published: Published, url: str, role: str | None) -> Services:
    keys, engine, present = _open_keys(settings, published), create_engine(url, role), _Present()
    # Used in the middle of a request, which may have a connection already: with one pool, requests
    # that each have one could wait forever for a second.
    lookups = create_engine(url, role, size=2, overflow=1)
    vault, texts, partners = Vault(keys), TextStore(lookups), Partners(lookups)
    intake = Intake(partial(connect, url, role, autocommit=True))
    geocoder = Geocoder(settings.geocoder_url) if settings.geocoder_url else None
    router = make_router(settings, engine, now, present.office)
    shared, site = (present.catalog, present.directory, keys, vault), settings.public_url
    submissions = Submissions(*shared, texts, router, intake, partners, geocoder, site, now)
    sign_ons = SignOns(*shared, intake, partners, site, now)
    rules, seats = suspicion_rules(settings), Seats(present.directory, now)
    judged = (present.reviewing, seats.hindrance)
    confirmations = Confirmations(present.catalog, vault, texts, router, rules, now, keys, *judged)
    services = Services(
        settings,
        published,
        url,
        role,
        engine,
        lookups,
        Probe(engine),
        keys,
        vault,
        texts,
        router,
        intake,
        partners,
        RecordKeeper(lookups, published.catalog, present.publish),
        DataKeeper(lookups, present.directory, present.publish_data),
        CountReader(lookups),
        submissions,
        sign_ons,
        RateLimiter(Limits(partial(connect, url, role, autocommit=True)), keys),
        ProxyNotes(settings.state_dir),
        Workshop(settings.templates_dir / "print"),
        StatementPrints(engine),
        confirmations,
        seats,
    )
    present.services = services
    return services


def suspicion_rules(settings: Settings) -> Rules:
    """The rules for suspects: our own list of disposable domains, and the operator's."""
    files = [settings.data_dir / "disposable_domains.txt", settings.suspect_domains]
    known = [file for file in files if file is not None and (file.exists() or file is files[1])]
    try:
        return load_rules(settings.suspect_per_client, *known)
    except OSError as error:
        raise NoSuchList("UNDERSIGNED_SUSPECT_DOMAINS names a file that cannot be read.") from error


def _open_keys(settings: Settings, published: Published) -> KeyRing:
    """The key ring, with a key for each open campaign; in production it must have them."""
    campaigns = published.catalog.campaigns.items()
    slugs = [slug for slug, campaign in campaigns if campaign.state(now()) == "open"]
    return open_key_ring(settings.key_ring_file, production=settings.production, campaigns=slugs)


async def publish_texts(services: Services) -> None:
    """Store each campaign's bundle and letters by digest, before anybody can approve them."""
    async with transaction(services.engine) as session:
        await remember_states(session, services.published.catalog, now())
        await keep_statements(session, services.published.catalog.campaigns.values())
    await publish_letters(services.texts, services.published.catalog)


async def publish_letters(store: TextStore, catalog: Catalog) -> None:
    """Store the bundle and the letters of each campaign that has letters."""
    with_letters = [
        campaign for campaign in catalog.campaigns.values() if campaign.campaign.kind == "letters"
    ]
    texts = (
        campaign.text(seat, campaign.default_demands)
        for campaign in with_letters
        for seat in campaign.readers
    )
    await store.publish([bundle_of(campaign) for campaign in with_letters], texts)


def bundle_of(campaign: PublishedCampaign) -> Bundle:
    """The exact version of a campaign, to be stored."""
    return Bundle(digest=campaign.bundle_digest, campaign=campaign.slug, content=campaign.bundle)


def make_printing(services: Services) -> StatementPrinting:
    """The worker's printer of open letters."""

    def catalog() -> Catalog:
        return services.published.catalog

    locale = services.settings.locale_dir
    return StatementPrinting(services.engine, catalog, services.counts, services.workshop, locale)


def make_mailer(services: Services) -> Mailer:
    """The worker's mailer. Raises MailNotConfigured in production without a mail server."""
    settings = services.settings
    sender = Sender.parse(settings.mail_from)
    return Mailer(
        engine=services.engine,
        catalog=lambda: services.published.catalog,
        keys=services.keys,
        vault=services.vault,
        composer=Composer(settings.templates_dir, settings.locale_dir, sender),
        transport=make_transport(settings),
        router=services.router,
        hindrance=services.seats.hindrance,
        public_url=settings.public_url,
        lives_hours=settings.retention_unconfirmed_hours,
        per_hour=settings.mail_per_hour,
    )


def make_returned(services: Services, mailbox: Path) -> ReturnedMail:
    """The worker's reader of returned mail."""
    return ReturnedMail(services.engine, services.keys, services.vault, mailbox)


__all__ = [
    "NoDatabase",
    "Published",
    "Services",
    "load_published",
    "make_mailer",
    "make_printing",
    "make_returned",
    "publish_texts",
    "started",
]
