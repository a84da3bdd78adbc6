"""A thousand hostile names, comments and names of organizations: text, wherever they are shown."""

import csv
import io
import random

import httpx
from sqlalchemy import text

from api.database.session import transaction
from api.organizers.tokens import Scope
from api.services import Services
from tests.app_fixtures import Outbox
from tests.organizers.tokens import URL as ORGANIZER
from tests.organizers.tokens import bearer
from tests.pages.browserless import get
from tests.printing.pdf import Pdf, squeezed
from tests.sign_ons.many import Name, store_organizations, store_people
from tests.sign_ons.printing import printed
from tests.sign_ons.signing import LETTER, URL, fold, person, sign
from tests.sign_ons.sizes import size

MANY = 1000
MAILED = size(30, 1000)
# As somebody types them; what has a control character or turns the direction is refused.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "#panic() #import sys",
    "=cmd|x",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "$x$ *b* _i_ `c` \\end",
    "</li></ul><h1>",
    "&lt;b&gt; &amp;",
    "javascript:alert(1)",
    "O'Brien\"; DROP TABLE",
    "A\u0301\u0302\u0303\u0304",
    "Z" * 60,
]
# Long enough not to stand in a token by chance.
TYPED = "ZqxTypedHereZqx"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def hostile(count: int) -> list[Name]:
    chosen = random.Random(5)
    return [Name(f"{chosen.choice(HOSTILE)}{n}", chosen.choice(HOSTILE)) for n in range(count)]


async def store(services: Services, names: list[Name]) -> list[str]:
    whole = [f"{name.given} {name.family}" for name in names]
    async with transaction(services.engine) as session:
        ids = await store_people(session, LETTER, names)
        await store_organizations(session, LETTER, [f"{each} Society" for each in whole])
        comments = text("""
            UPDATE sign_ons SET public_comment = c.comment, comment_review = 'passed'
            FROM unnest(CAST(:ids AS uuid[]), CAST(:comments AS text[])) AS c(id, comment)
            WHERE sign_ons.id = c.id""")
        await session.execute(comments, {"ids": ids, "comments": whole})
    await fold(services)
    return whole


async def test_on_every_page_of_names(client: httpx.AsyncClient, services: Services) -> None:
    whole = await store(services, hostile(MANY))
    words, address = "", f"/c/{LETTER}/statement"
    while address:
        page = await get(client, address)
        assert {tag for tag, _ in page.tags} & {"script", "img"} == set()
        assert page.titles["h1"].strip() == "Suspend security assistance to Azerbaijan"
        words += page.words
        links = [attributes.get("href") for tag, attributes in page.tags if tag == "a"]
        later = [link for link in links if link and "after=" in link]
        address = later[0] if later else ""
    for name in whole:
        assert words.count(f"{name} Society") == 1
        assert words.count(name) == 2


async def test_on_paper(client: httpx.AsyncClient, services: Services) -> None:
    whole = await store(services, hostile(MANY))
    answer = await printed(services, client.get(f"{URL}/{LETTER}/statement.pdf"))
    # An apostrophe is set as one.
    read = Pdf(answer.content).squeezed.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    # What is longer than a line may go on in the next column, with a page's number between.
    short = [name for name in whole if name.isascii() and HOSTILE[-1] not in name]
    assert len(short) > MANY / 2
    assert [name for name in short if read.count(squeezed(name)) < 2] == []
    assert "alert(1)" in read


async def test_in_tables_and_in_json(client: httpx.AsyncClient, services: Services) -> None:
    whole = await store(services, hostile(MANY))
    headers = await bearer(services, Scope.EXPORTS)
    table = await client.get(f"{ORGANIZER}/campaigns/{LETTER}/sign-ons.csv", headers=headers)
    rows = list(csv.reader(io.StringIO(table.text, newline="")))
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]
    people = [row for row in rows if row[0] == "person"]
    for column in (2, 5):
        told = {row[column].removeprefix("'") for row in people}
        assert told == set(whole)
    listed = (await client.get(f"{URL}/{LETTER}/sign-ons?limit=100")).json()["items"]
    assert {each["comment"] for each in listed} <= set(whole)


async def test_in_no_mail(client: httpx.AsyncClient, outbox: Outbox) -> None:
    """Nothing that was typed is in a mail before its address is confirmed."""
    for number, name in enumerate(hostile(MAILED)):
        body = person(
            {"sign_on": {"display": "name", "comment": f"{TYPED} {name.family}"}},
            given_name=f"{TYPED} {name.given}"[:60],
            family_name=f"{TYPED} {name.family}"[:60],
            email=f"p{number}@example.org",
        )
        await sign(client, body)
    await outbox.work()
    assert len(outbox.mails) == MAILED
    for mail in outbox.mails:
        assert set(mail.keys()) & {"Bcc", "Cc"} == set()
        for part in mail.walk():
            content = "" if part.is_multipart() else part.get_content()
            assert TYPED not in content
            assert "<script" not in content
        assert TYPED not in str(mail["Subject"]) + str(mail["To"])
