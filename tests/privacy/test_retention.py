"""Each kind of data just before and just after its limit."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api.deliveries.models import Attempt
from api.limits.models import WrongTokens
from api.privacy import retention
from api.privacy.limits import Limits
from api.privacy.retention import purge
from api.security.keys import KeyMissing
from api.settings import Settings
from api.supporters.tokens import KNOWN_FOR
from api.supporters.vault import Address
from tests.privacy.rows import ADDRESS, HOUR, SECOND, SLUG, Rows

DAY = timedelta(days=1)
CLOSED = HOUR + timedelta(days=2)
LATE = HOUR + timedelta(days=1, minutes=7)
# The moment at which each kind of data becomes due, with nothing else due at that moment.
LIMITS: dict[str, datetime] = {
    "forms": HOUR + timedelta(hours=73),
    "clients": HOUR + 14 * DAY,
    "words": LATE + 30 * DAY,
    "persons": CLOSED + 183 * DAY,
    "answers": LATE,
    "links": LATE + KNOWN_FOR,
    "places": LATE + timedelta(hours=73),
    "wrong tokens": LATE + DAY,
}


async def _unconfirmed(rows: Rows) -> None:
    await rows.supporter()


async def _confirmed(rows: Rows) -> None:
    await rows.confirmed(ended=LATE)


async def _person(rows: Rows) -> None:
    await rows.campaign(CLOSED)
    await rows.confirmed(ended=LATE)


async def _answer(rows: Rows) -> None:
    await rows.answer(expires=LATE)


async def _link(rows: Rows) -> None:
    await rows.token(await rows.supporter(), expires=LATE)


async def _place(rows: Rows) -> None:
    await rows.mail(await rows.supporter(), at=LATE)


async def _wrong_token(rows: Rows) -> None:
    await rows.insert(WrongTokens, client_hash=b"c" * 32, since=LATE, wrong=3)


MAKE: dict[str, Callable[[Rows], Awaitable[None]]] = {
    "forms": _unconfirmed,
    "clients": _confirmed,
    "words": _confirmed,
    "persons": _person,
    "answers": _answer,
    "links": _link,
    "places": _place,
    "wrong tokens": _wrong_token,
}


async def run(rows: Rows, settings: Settings, now: datetime) -> dict[str, int]:
    return await purge(rows.engine, rows.vault, settings, now=now)


@pytest.mark.parametrize("kind", LIMITS)
async def test_at_its_limit_and_not_before(rows: Rows, settings: Settings, kind: str) -> None:
    await MAKE[kind](rows)
    assert (await run(rows, settings, LIMITS[kind] - SECOND))[kind] == 0
    assert (await run(rows, settings, LIMITS[kind] + SECOND))[kind] == 1
    assert (await run(rows, settings, LIMITS[kind] + SECOND))[kind] == 0


def test_every_limit_is_a_setting() -> None:
    changed = Settings(
        retention_unconfirmed_hours=1,
        retention_client_days=2,
        retention_words_days=3,
        retention_personal_days=4,
    )
    assert Limits.at(HOUR, changed) == Limits(
        now=HOUR,
        forms=HOUR - timedelta(hours=2),
        held=HOUR - 14 * DAY - timedelta(hours=1),
        clients=HOUR - 2 * DAY,
        words=HOUR - 3 * DAY,
        personal=HOUR - 4 * DAY,
    )


async def test_an_expired_form_is_told_from_a_confirmed_one(rows: Rows, settings: Settings) -> None:
    gone, kept = await rows.supporter(), await rows.confirmed()
    waiting = await rows.mail(gone)
    await run(rows, settings, LIMITS["forms"] + SECOND)
    row = await rows.one("SELECT status FROM supporters WHERE id = :id", id=gone)
    assert row.status == "unconfirmed", "its mail is held up"
    await run(rows, settings, HOUR + 14 * DAY + timedelta(hours=1) + SECOND)
    row = await rows.one("SELECT status, identity FROM supporters WHERE id = :id", id=gone)
    assert tuple(row) == ("expired", None)
    row = await rows.one("SELECT status, identity FROM supporters WHERE id = :id", id=kept)
    assert row.status == "confirmed"
    assert row.identity is not None
    assert (await rows.one("SELECT status FROM mails WHERE id = :id", id=waiting))[
        0
    ] == "suppressed"


async def test_a_form_waits_as_long_as_promised_from_its_first_mail(
    rows: Rows, settings: Settings
) -> None:
    """A domain refused us for five days; then the mail went out, and later ones on request, which
    extend nothing."""
    form, never_mailed = await rows.supporter(), await rows.supporter()
    mailed = HOUR + 5 * DAY
    await rows.mail(form, status="sent", due_at=mailed)
    await rows.mail(form, status="sent", due_at=mailed + 2 * DAY)
    await rows.mail(form, status="queued", due_at=mailed + 2 * DAY)
    await rows.mail(never_mailed, status="queued", reason="campaign_not_open")
    over = mailed + timedelta(hours=73)
    query = "SELECT status FROM supporters WHERE id = :id"
    await run(rows, settings, over - SECOND)
    assert (await rows.one(query, id=form)).status == "unconfirmed"
    assert (await rows.one(query, id=never_mailed)).status == "expired"
    await run(rows, settings, over + SECOND)
    assert (await rows.one(query, id=form)).status == "expired"


async def test_a_form_that_is_being_confirmed_is_left_alone(rows: Rows, settings: Settings) -> None:
    """Confirming locks the token first and then the form; neither may wait for the other."""
    supporter = await rows.supporter()
    digest = await rows.token(supporter, expires=HOUR + 400 * DAY)
    now = LIMITS["forms"] + SECOND
    async with rows.engine.begin() as confirming:
        lock = text("SELECT FROM tokens WHERE hash = :hash FOR UPDATE")
        await confirming.execute(lock, {"hash": digest})
        assert (await run(rows, settings, now))["forms"] == 0
    assert (await run(rows, settings, now))["forms"] == 1


async def test_words_and_street_go_and_the_place_stays(rows: Rows, settings: Settings) -> None:
    supporter = await rows.confirmed(ended=LATE)
    await run(rows, settings, LIMITS["words"] + SECOND)
    row = await rows.one(
        "SELECT s.address, b.words, d.payload, d.status, d.reason FROM supporters s "
        "JOIN submissions b ON b.supporter_id = s.id JOIN letters l ON l.submission_id = b.id "
        "JOIN deliveries d ON d.letter_id = l.id"
    )
    assert rows.seals[supporter].address(row.address) == ADDRESS.without_street()
    assert ADDRESS.without_street() == Address("91204", "CA", "Glendale")
    assert (row.words, row.payload, row.status, row.reason) == (None, None, "accepted", "because")


@pytest.mark.parametrize("status", ["uncertain", "needs_user_action"])
async def test_what_waits_for_a_person_keeps_its_state_without_its_words(
    rows: Rows, settings: Settings, status: str
) -> None:
    """Nobody knows more of it than before: it is never called unsent."""
    await rows.confirmed(ended=LATE, status=status)
    query = "SELECT d.status, l.status, d.reason, payload FROM deliveries d JOIN letters l ON true"
    await run(rows, settings, LIMITS["words"] - SECOND)
    before = await rows.one(query)
    assert (*before[:3], before.payload is None) == (status, status, "because", False)
    await run(rows, settings, LIMITS["words"] + SECOND)
    assert tuple(await rows.one(query)) == (status, status, "because", None)


@pytest.mark.parametrize("status", ["queued", "sending", "retrying", "paused"])
async def test_words_stay_while_a_letter_is_on_its_way(
    rows: Rows, settings: Settings, status: str
) -> None:
    supporter = await rows.confirmed(ended=HOUR)
    await rows.delivery(supporter, HOUR, status, seat="house:CA-30")
    assert (await run(rows, settings, LIMITS["words"] + 100 * DAY))["words"] == 0


async def test_words_count_from_the_last_delivery(rows: Rows, settings: Settings) -> None:
    supporter = await rows.confirmed(ended=HOUR)
    await rows.delivery(supporter, HOUR + 20 * DAY, seat="house:CA-30")
    assert (await run(rows, settings, HOUR + 50 * DAY - SECOND))["words"] == 0
    assert (await run(rows, settings, HOUR + 50 * DAY + SECOND))["words"] == 1


async def test_a_form_without_letters_counts_from_its_hour(rows: Rows, settings: Settings) -> None:
    await rows.supporter("confirmed", await rows.person())
    assert (await run(rows, settings, HOUR + 30 * DAY - SECOND))["words"] == 0
    assert (await run(rows, settings, HOUR + 30 * DAY + SECOND))["words"] == 1


async def test_an_address_that_no_key_opens_goes_whole(rows: Rows, settings: Settings) -> None:
    await rows.confirmed(ended=LATE)
    rows.vault.keys.destroy_campaign(SLUG)
    with pytest.raises(KeyMissing):
        rows.vault.keys.campaign(SLUG)
    assert (await run(rows, settings, LIMITS["words"] + SECOND))["words"] == 1
    assert (await rows.one("SELECT address FROM supporters"))[0] is None


async def test_an_open_campaign_keeps_its_persons(rows: Rows, settings: Settings) -> None:
    await rows.campaign(None)
    await rows.confirmed()
    assert (await run(rows, settings, HOUR + 4000 * DAY))["persons"] == 0


STATE = "SELECT d.status, l.status, d.reason, payload FROM deliveries d JOIN letters l ON true"


@pytest.mark.parametrize(
    ("status", "unknown", "left"),
    [
        ("queued", False, ("expired", "retention")),
        ("retrying", False, ("expired", "retention")),
        ("paused", False, ("expired", "retention")),
        ("retrying", True, ("uncertain", "retention")),
        ("paused", True, ("uncertain", "retention")),
        ("sending", False, ("uncertain", "retention")),
        ("uncertain", False, ("uncertain", "because")),
        ("needs_user_action", False, ("needs_user_action", "because")),
        ("accepted", False, ("accepted", "because")),
        ("failed", False, ("failed", "because")),
    ],
)
async def test_a_closed_campaign_calls_expired_only_what_was_never_sent(
    rows: Rows, settings: Settings, status: str, unknown: bool, left: tuple[str, str]
) -> None:
    """``unknown``: an attempt ended in doubt, so an office may have the letter."""
    await rows.campaign(CLOSED)
    await rows.confirmed(status=status)
    delivery = (await rows.one("SELECT id FROM deliveries"))[0]
    await rows.insert(
        Attempt,
        delivery_id=delivery,
        number=1,
        began=HOUR,
        ended=HOUR,
        outcome="retrying",
        unknown=unknown,
    )
    await run(rows, settings, LIMITS["persons"] + SECOND)
    kept, reason = left
    assert tuple(await rows.one(STATE)) == (kept, kept, reason, None)


async def test_a_closed_campaign_ends_what_was_unfinished(rows: Rows, settings: Settings) -> None:
    await rows.campaign(CLOSED)
    supporter = await rows.confirmed()
    waiting = await rows.mail(supporter)
    await run(rows, settings, LIMITS["persons"] + SECOND)
    assert (await rows.one("SELECT status FROM mails WHERE id = :id", id=waiting))[
        0
    ] == "suppressed"
    assert (await rows.one("SELECT status FROM supporters"))[0] == "confirmed"


async def test_many_rows_go_in_batches_and_all_go(
    rows: Rows, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        await rows.supporter()
    seen: list[tuple[str, int]] = []
    now = LIMITS["forms"] + SECOND
    counts = await purge(
        rows.engine, rows.vault, settings, now=now, progress=lambda *told: seen.append(told)
    )
    assert counts["forms"] == 5
    assert [count for name, count in seen if name == "forms"] == [2, 4, 5, 5]


async def test_cut_short_it_keeps_what_it_did_and_goes_on_later(
    rows: Rows, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    made: list[UUID] = [await rows.supporter() for _ in range(3)]

    class CutShortError(Exception):
        pass

    def cut(name: str, count: int) -> None:
        if count == 2:
            raise CutShortError(name)

    now = LIMITS["forms"] + SECOND
    with pytest.raises(CutShortError):
        await purge(rows.engine, rows.vault, settings, now=now, progress=cut)
    assert await rows.count("supporters", "status = 'expired'") == 2
    assert (await run(rows, settings, now))["forms"] == len(made) - 2
