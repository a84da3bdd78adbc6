"""Files of the development outbox go with the data of their rows."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from api.privacy.outbox_files import remove_files
from api.privacy.retention import purge
from api.settings import Settings
from tests.privacy.rows import HOUR, SECOND, Rows


def file(folder: Path, name: str, at: datetime = HOUR) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("To: ani@example.org")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


async def test_a_mail_goes_when_its_form_expires(rows: Rows, settings: Settings) -> None:
    mails = settings.outbox_dir / "mail"
    sent = await rows.mail(await rows.supporter(), status="sent", due_at=HOUR)
    expired = file(mails, f"{sent}.eml")
    confirmed = file(mails, f"{await rows.mail(await rows.confirmed())}.eml")
    counts = await purge(rows.engine, rows.vault, settings, now=HOUR + timedelta(hours=74))
    assert (counts["files"], expired.exists(), confirmed.exists()) == (1, False, True)


async def test_a_letter_goes_with_the_words(rows: Rows, settings: Settings) -> None:
    supporter = await rows.supporter("confirmed", await rows.person())
    letters = settings.outbox_dir / "letters"
    letter = file(letters, f"{await rows.delivery(supporter, HOUR)}.txt")
    limit = HOUR + timedelta(days=30)
    await purge(rows.engine, rows.vault, settings, now=limit - SECOND)
    assert letter.exists()
    await purge(rows.engine, rows.vault, settings, now=limit + SECOND)
    assert not letter.exists()


async def test_what_no_row_knows_goes_by_its_age(rows: Rows, tmp_path: Path) -> None:
    names = (f"{uuid4()}.eml", f".{uuid4()}.eml.0a0b.new", "notes.txt")
    old = [file(tmp_path / "mail", name, HOUR - SECOND) for name in names]
    young = file(tmp_path / "mail", f"{uuid4()}.eml", HOUR + SECOND)
    assert await remove_files(rows.engine, tmp_path, before=HOUR) == len(names)
    assert [path.exists() for path in (*old, young)] == [False, False, False, True]


async def test_without_an_outbox_there_is_nothing_to_do(rows: Rows, tmp_path: Path) -> None:
    assert await remove_files(rows.engine, tmp_path / "none", before=HOUR) == 0
