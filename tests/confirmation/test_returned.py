"""The mailbox of returned mail, as the worker reads it."""

import asyncio
from collections.abc import Awaitable, Callable
from mailbox import Maildir, mbox
from pathlib import Path
from unittest.mock import Mock
from uuid import UUID

import pytest

from api import worker
from api.confirmation.returned import MailboxUnreadable, ReturnedMail
from api.services import Services
from tests.confirmation.test_bounces import block, dsn, state, submit
from tests.waiting import until

__all__ = ["submit"]
Submit = Callable[[str], Awaitable[UUID]]


def reader(services: Services, mailbox: Path) -> ReturnedMail:
    return ReturnedMail(services.engine, services.keys, services.vault, mailbox)


@pytest.mark.parametrize("kind", [Maildir, mbox])
async def test_what_is_new_is_taken_once(
    services: Services, submit: Submit, tmp_path: Path, kind: type[Maildir | mbox]
) -> None:
    one, other = await submit("one@example.org"), await submit("other@example.org")
    box = kind(tmp_path / "box", create=True)
    box.add(dsn(one, block("one@example.org")))
    box.flush()
    returned = reader(services, tmp_path / "box")
    assert [await returned.take_new() for _ in range(2)] == [1, 0]
    assert (await state(services, one), await state(services, other)) == ("failed", "sent")
    box.add(dsn(other, block("other@example.org")))
    box.add("From: Ani <ani@example.org>\n\nThank you!\n")
    box.flush()
    assert [await returned.take_new() for _ in range(2)] == [2, 0]
    assert await state(services, other) == "failed"
    assert len(box) == 3, "the mailbox stays as it is"


async def test_a_message_that_was_not_stored_is_read_again(
    services: Services, submit: Submit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_id = await submit("one@example.org")
    box = Maildir(tmp_path / "box", create=True)
    box.add(dsn(mail_id, block("one@example.org")))
    returned = reader(services, tmp_path / "box")
    with monkeypatch.context() as patch:
        patch.setattr("api.confirmation.returned.transaction", Mock(side_effect=OSError))
        with pytest.raises(OSError):  # noqa: PT011 - an outage of the database
            await returned.take_new()
    assert await returned.take_new() == 1
    assert await state(services, mail_id) == "failed"


async def test_a_mailbox_that_is_not_there_is_said(services: Services, tmp_path: Path) -> None:
    with pytest.raises(MailboxUnreadable, match="No such file"):
        await reader(services, tmp_path / "none").take_new()


async def test_the_worker_reads_it_by_itself(
    services: Services, submit: Submit, tmp_path: Path
) -> None:
    mail_id = await submit("one@example.org")
    Maildir(tmp_path / "box", create=True).add(dsn(mail_id, block("one@example.org")))
    settings = services.settings.model_copy(update={"returned_mail": tmp_path / "box"})
    working = asyncio.create_task(worker.run(settings))

    async def failed() -> bool:
        return working.done() or await state(services, mail_id) == "failed"

    try:
        await until(failed)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert await state(services, mail_id) == "failed"
