"""Rotating a campaign's key: everything stays readable, and nothing is under the old one."""

import pytest

from api.privacy import rewrap
from api.privacy.rewrap import wrap_anew
from api.security.sealing import wrapped_with
from tests.privacy.rows import ADDRESS, SLUG, Rows


async def test_every_form_follows_the_new_key(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrap, "BATCH", 2)
    keys = rows.vault.keys
    for _ in range(5):
        await rows.supporter()
    old = keys.campaign(SLUG).id
    keys.rotate_campaign(SLUG)
    new = keys.campaign(SLUG).id
    assert new != old
    assert [count async for count in wrap_anew(rows.engine, keys, SLUG)] == [2, 2, 1]
    assert [count async for count in wrap_anew(rows.engine, keys, SLUG)] == []
    row = await rows.one("SELECT id, data_key, address FROM supporters LIMIT 1")
    assert wrapped_with(row.data_key) == new
    assert rows.vault.open_form(row.data_key, row.id).address(row.address) == ADDRESS


async def test_what_nobody_can_read_is_left_as_it_is(rows: Rows) -> None:
    keys = rows.vault.keys
    await rows.supporter()
    keys.destroy_campaign(SLUG)
    keys.add_campaign(SLUG)
    assert [count async for count in wrap_anew(rows.engine, keys, SLUG)] == [0]


async def test_other_campaigns_keep_theirs(rows: Rows) -> None:
    keys = rows.vault.keys
    await rows.supporter()
    keys.add_campaign("another")
    assert [count async for count in wrap_anew(rows.engine, keys, "another")] == []
