"""What a statement costs as text, and through the table classes of SQLModel.

``python -m benchmarks.statements``: each case is run both ways in turns, each call in a transaction
that is rolled back, on a PostgreSQL of its own. Given is the processor time of this process, with
what a transaction costs; the database does the same work.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import case, col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.embedded import EmbeddedPostgres
from api.database.engine import create_engine
from api.database.migrate import migrate
from api.database.session import transaction
from api.letters.models import Letter
from api.mail.models import Mail
from api.organizers.models import ApiToken
from api.outbox.lease import Outbox, claim_due
from api.supporters.models import Person, Supporter
from benchmarks.servers import state_folder
from benchmarks.table import spread

ROUNDS, CALLS = 9, 100
PEOPLE = 5_000
CAMPAIGN = "a-campaign"
FIRST = UUID(int=1)
LEASE = timedelta(0)
MAILS = Outbox("mails", waiting=("queued",), lease=LEASE)

FILL = """
    INSERT INTO persons (id, campaign, standing)
    SELECT lpad(to_hex(n), 32, '0')::uuid, :campaign, 'counted'
    FROM generate_series(1, :people) AS n;
    INSERT INTO supporters (id, campaign, person_id, hash_key_id, canonical_version, data_key,
        identity, address, country, state, language, consents, consents_version, hour, status)
    SELECT id, campaign, id, '0', 1, decode(repeat('00', 69), 'hex'), decode(repeat('00', 200),
        'hex'), decode(repeat('00', 200), 'hex'), 'US', 'CA', 'en', '{}', 1, now(), 'confirmed'
    FROM persons;
    INSERT INTO submissions (id, supporter_id, bundle, demands, letters, status)
    SELECT id, id, 'b1:0', '[]', '[]', 'confirmed' FROM persons;
    INSERT INTO letters (id, person_id, submission_id, seat, text, edited, personal_share, status)
    SELECT id, id, id, 'president', 'lt1:0', false, 0, 'queued' FROM persons;
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    SELECT id, id, 'confirm', 'queued', now(), 0, 0 FROM persons;
    INSERT INTO api_tokens (id, hash, name, scopes, created)
    SELECT lpad(to_hex(n), 32, '0')::uuid, decode(lpad(to_hex(n), 64, '0'), 'hex'), 'a name',
        '["stats", "exports"]', now() FROM generate_series(1, 100) AS n
"""
Call = Callable[[AsyncSession], Awaitable[object]]


@dataclass
class Case:
    """One line of the table: processor microseconds of each round, both ways."""

    name: str
    as_text: Call
    as_classes: Call
    text: list[float] = field(default_factory=list)
    classes: list[float] = field(default_factory=list)

    def row(self) -> str:
        ratios = [new / old for new, old in zip(self.classes, self.text, strict=True)]
        cells = (spread(self.text, "{:,.0f}"), spread(self.classes, "{:,.0f}"))
        return f"| {self.name} | {cells[0]} | {cells[1]} | {spread(ratios, '{:.2f}')} |"


BY_KEY = text("SELECT id, name, scopes, created, used, revoked FROM api_tokens WHERE id = :id")
FIFTY = text("""
    SELECT id, campaign, person_id, state, language, consents, hour, status FROM supporters
    WHERE campaign = :campaign AND id > :after ORDER BY id LIMIT 50
""")
JOINED = text("""
    SELECT l.status, count(*) FROM letters l JOIN persons p ON p.id = l.person_id
    WHERE p.campaign = :campaign AND p.id < :below GROUP BY l.status
""")
REVOKE = text("UPDATE api_tokens SET revoked = now() WHERE id = :id AND revoked IS NULL")
BELOW = UUID(int=50)


async def key_by_text(session: AsyncSession) -> object:
    return (await session.execute(BY_KEY, {"id": FIRST})).one()


async def key_by_class(session: AsyncSession) -> object:
    return await session.get(ApiToken, FIRST)


async def fifty_by_text(session: AsyncSession) -> object:
    return (await session.execute(FIFTY, {"campaign": CAMPAIGN, "after": FIRST})).all()


async def fifty_by_columns(session: AsyncSession) -> object:
    columns: tuple[Any, ...] = (
        *(Supporter.id, Supporter.campaign, Supporter.person_id, Supporter.state),
        *(Supporter.language, Supporter.consents, Supporter.hour, Supporter.status),
    )
    return (await session.execute(_fifty(select(*columns)))).all()


async def fifty_by_class(session: AsyncSession) -> object:
    return (await session.execute(_fifty(select(Supporter)))).all()


def _fifty(query: Any) -> Any:
    chosen = query.where(Supporter.campaign == CAMPAIGN, Supporter.id > FIRST)
    return chosen.order_by(col(Supporter.id)).limit(50)


async def joined_by_text(session: AsyncSession) -> object:
    values = {"campaign": CAMPAIGN, "below": BELOW}
    return (await session.execute(JOINED, values)).all()


async def joined_by_class(session: AsyncSession) -> object:
    query = (
        select(Letter.status, func.count())
        .join(Person, col(Person.id) == Letter.person_id)
        .where(Person.campaign == CAMPAIGN, Person.id < BELOW)
        .group_by(Letter.status)
    )
    return (await session.exec(query)).all()


async def revoke_by_text(session: AsyncSession) -> object:
    return await session.execute(REVOKE, {"id": FIRST})


async def revoke_by_class(session: AsyncSession) -> object:
    good = update(ApiToken).where(col(ApiToken.id) == FIRST, col(ApiToken.revoked).is_(None))
    return await session.exec(good.values(revoked=func.now()))


async def claim_by_text(session: AsyncSession) -> object:
    return await claim_due(session, MAILS, 20)


async def claim_by_class(session: AsyncSession) -> object:
    """The same statement as the lease code's."""
    status, lease = col(Mail.status), col(Mail.lease_until)
    lapsed = case((status == "sending", lease)).label("lapsed")
    due = (
        select(Mail.id, lapsed)
        .where(status.in_(("queued", "sending")), col(Mail.due_at) <= func.now())
        .where(or_(status != "sending", lease < func.now()))
        .order_by(col(Mail.due_at))
        .limit(20)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = update(Mail).where(col(Mail.id) == due.c.id)
    claimed = claimed.values(
        status="sending",
        lease_until=func.now() + LEASE,
        epoch=Mail.epoch + 1,
        attempts=Mail.attempts + 1,
    )
    columns = (col(Mail.id), col(Mail.epoch), col(Mail.attempts), func.now(), due.c.lapsed)
    options = {"synchronize_session": False}
    return (await session.exec(claimed.returning(*columns), execution_options=options)).all()


def cases() -> list[Case]:
    return [
        Case("read one row by its key", key_by_text, key_by_class),
        Case("read fifty rows, their columns", fifty_by_text, fifty_by_columns),
        Case("read fifty rows, as objects", fifty_by_text, fifty_by_class),
        Case("count a join by state", joined_by_text, joined_by_class),
        Case("conditional update", revoke_by_text, revoke_by_class),
        Case("claim twenty rows", claim_by_text, claim_by_class),
    ]


async def measure(engine: AsyncEngine) -> list[Case]:
    """Both ways of each case in turns, which of them first by turns as well."""
    async with transaction(engine) as session:
        for statement in FILL.split(";"):
            values = {"campaign": CAMPAIGN, "people": PEOPLE}
            await session.execute(text(statement), values)
    made = cases()
    for number in range(-1, ROUNDS):
        for case_ in made:
            ways = [(case_.as_text, case_.text), (case_.as_classes, case_.classes)]
            for call, results in ways if number % 2 else reversed(ways):
                spent = await _round(engine, call)
                if number >= 0:
                    results.append(spent)
    return made


async def _round(engine: AsyncEngine, call: Call) -> float:
    """Processor microseconds a call; what it changed is taken back."""
    began = time.process_time()
    for _ in range(CALLS):
        async with transaction(engine) as session:
            await call(session)
            await session.rollback()
    return (time.process_time() - began) * 1e6 / CALLS


@contextmanager
def serving() -> Iterator[str]:
    with state_folder() as state:
        server = EmbeddedPostgres(state).start()
        try:
            migrate(server.url)
            yield server.url
        finally:
            server.stop()


async def main(url: str) -> None:
    engine = create_engine(url)
    print("| what | as text, µs | table classes, µs | ratio |\n| --- | --- | --- | --- |")
    for case_ in await measure(engine):
        print(case_.row())
    await engine.dispose()


if __name__ == "__main__":
    with serving() as url:
        asyncio.run(main(url))
