"""The purge: wipes data whose time is over, in small transactions.

Every step does one batch, commits and goes on, so that it can be stopped at any moment and
nothing waits for it for long. Running it twice at the same time does no harm.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.privacy.closed import wipe_closed
from api.privacy.forms import expire_forms, forget_clients
from api.privacy.limits import Limits
from api.privacy.outbox_files import remove_files
from api.privacy.transient import (
    delete_answers,
    delete_breakers,
    delete_full,
    delete_links,
    delete_lists,
    delete_minutes,
    delete_places,
    delete_prints,
    delete_requests,
    forget_reports,
    forget_wrong_tokens,
)
from api.privacy.words import wipe_words
from api.settings import Settings
from api.sign_ons.organizations import free_shared_hosts, seal_all_plain
from api.supporters.vault import Vault

BATCH = 500

# Does one batch in the given transaction and says how many rows it took.
Step = Callable[[AsyncSession], Awaitable[int]]
Progress = Callable[[str, int], None]


async def purge(
    engine: AsyncEngine,
    vault: Vault,
    settings: Settings,
    *,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Wipe all data whose time is over at ``now``; returns how many rows and files, by kind.

    ``progress`` is told a kind and its count after each batch. Campaigns close by
    ``campaign_states``: see ``api.campaigns.states``.
    """
    limits = Limits.at(now or datetime.now(UTC), settings)
    counts: dict[str, int] = {}
    for name, step in _steps(vault, limits).items():
        counts[name] = 0
        async for done in _batches(engine, step):
            counts[name] += done
            if progress is not None:
                progress(name, counts[name])
    counts["files"] = await remove_files(engine, settings.outbox_dir, before=limits.words)
    return counts


def _steps(vault: Vault, limits: Limits) -> dict[str, Step]:
    now, limit = limits.now, BATCH
    return {
        "forms": partial(expire_forms, before=limits.forms, longest=limits.held, limit=limit),
        "clients": partial(forget_clients, before=limits.clients, limit=limit),
        "words": partial(wipe_words, vault=vault, before=limits.words, limit=limit),
        "entries": partial(seal_all_plain, vault=vault),
        "shared hosts": partial(free_shared_hosts, vault=vault),
        "persons": partial(wipe_closed, before=limits.personal, limit=limit),
        "answers": partial(delete_answers, now=now, limit=limit),
        "links": partial(delete_links, now=now, limit=limit),
        "places": partial(delete_places, now=now, forms=limits.forms, limit=limit),
        "lists": partial(delete_lists, now=now, limit=limit),
        "minutes": partial(delete_minutes, now=now, limit=limit),
        "breakers": partial(delete_breakers, now=now, limit=limit),
        "requests": partial(delete_requests, now=now, limit=limit),
        "reports": partial(forget_reports, now=now, limit=limit),
        "limits": partial(delete_full, now=now, limit=limit),
        "prints": partial(delete_prints, now=now, limit=limit),
        "wrong tokens": partial(forget_wrong_tokens, now=now, limit=limit),
    }


async def _batches(engine: AsyncEngine, step: Step) -> AsyncIterator[int]:
    """What each batch did, until one finds nothing more."""
    done = BATCH
    while done:
        async with transaction(engine) as session:
            done = await step(session)
        yield done
