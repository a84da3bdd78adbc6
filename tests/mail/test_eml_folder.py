import asyncio
import os
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from api.mail.eml_folder import EmlFolder
from api.mail.outcomes import Sent, Temporary
from api.security.identifiers import new_id

Make = Callable[..., EmailMessage]


def files(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def test_a_mail_becomes_a_private_file(tmp_path: Path, make: Make) -> None:
    folder, mail_id = tmp_path / "state" / "mail", new_id()
    before = os.umask(0)
    try:
        assert await EmlFolder(folder).send(make(mail_id=mail_id)) == Sent()
    finally:
        os.umask(before)
    file = folder / f"{mail_id}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == "ani@example.org"


async def test_the_same_mail_again_replaces_its_file(tmp_path: Path, make: Make) -> None:
    transport, mail_id = EmlFolder(tmp_path), new_id()
    mails = [make(mail_id=mail_id, to=f"ani{n}@example.org") for n in range(5)]
    assert await asyncio.gather(*(transport.send(each) for each in mails)) == [Sent()] * 5
    assert files(tmp_path) == [f"{mail_id}.eml"]
    await transport.send(make(mail_id=mail_id, to="last@example.org"))
    assert b"To: last@example.org\r\n" in (tmp_path / f"{mail_id}.eml").read_bytes()


async def test_a_folder_that_is_gone_is_an_outage(tmp_path: Path, make: Make) -> None:
    transport = EmlFolder(tmp_path / "mail")
    (tmp_path / "mail").rmdir()
    outcome = await transport.send(make())
    assert outcome == Temporary("folder_2")
