"""An organization signs through its representative, once, and an organizer decides."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from api.sign_ons.organization_desk import ListedOrganization, OrganizationDesk
from api.sign_ons.organizations import (
    OrganizationTaken,
    approve,
    free_shared_hosts,
    refuse,
    undo,
)
from tests.app_fixtures import Body, Outbox
from tests.sign_ons.signing import (
    LETTER,
    URL,
    confirm,
    fold,
    opened,
    pass_names,
    person,
    sign,
    signers,
)


def organization(
    name: str = "Example Society",
    website: str = "https://www.example.org",
    email: str = "ani@example.org",
    **representative: Any,
) -> Body:
    who = {"given_name": "Ani", "family_name": "Petrosyan", "role": "Director", "email": email}
    return {
        "kind": "organization",
        "organization": {"name": name, "website": website, "country": "US"},
        "representative": {**who, **representative},
    }


async def waiting(services: Services, *statuses: str) -> list[ListedOrganization]:
    async with transaction(services.engine) as session:
        desk = OrganizationDesk(services.vault, services.published.reviewing(LETTER))
        wanted = statuses or ("confirmed",)
        return await desk.page(session, LETTER, wanted, actor="test", limit=200)


async def decide(services: Services, organization_id: UUID, *, lead: bool = False) -> None:
    async with transaction(services.engine) as session:
        await approve(session, services.vault, organization_id, lead=lead, actor="test")


async def enter(
    client: httpx.AsyncClient, outbox: Outbox, name: str, website: str, email: str, **who: Any
) -> str:
    """Sign for an organization and confirm; what the confirmation says."""
    await sign(client, organization(name, website, email, **who))
    return str((await confirm(client, outbox))["status"])


async def shown(client: httpx.AsyncClient) -> list[str]:
    statement = (await client.get(f"{URL}/{LETTER}/statement")).json()
    return [each["name"] for each in statement["signing_organizations"]]


async def test_it_is_shown_once_an_organizer_approved_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization())
    assert await waiting(services) == [], "the representative has not confirmed"
    confirmed = await confirm(client, outbox)
    assert (confirmed["status"], confirmed["signed"]) == ("confirmed", True)
    (entry,) = await waiting(services)
    assert (entry.name, entry.basis) == ("Example Society", "domain")
    assert await shown(client) == []
    assert "organizations" not in await fold(services)
    await decide(services, entry.id)
    await decide(services, entry.id)
    totals = await fold(services)
    assert totals["organizations"] == 1
    assert "supporters" not in totals, "who speaks for an organization did not write"
    assert await shown(client) == ["Example Society"]
    async with transaction(services.engine) as session:
        await refuse(session, services.vault, entry.id, actor="test")
        decided = text("SELECT count(*) FROM audit WHERE action ~ '(approve|refuse)$'")
        assert (await session.execute(decided)).scalar_one() == 3
    assert (await fold(services))["organizations"] == 0
    assert await shown(client) == []


async def test_a_second_representative_hears_of_the_first_by_mail_only(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    first = await sign(client, organization())
    await confirm(client, outbox)
    (entry,) = await waiting(services)
    await decide(services, entry.id)
    for other in (
        organization("THE EXAMPLE SOCIETY, Inc.", "https://other.example", "bo@example.org"),
        organization("Another Name", "https://example.org/about", "cy@example.org"),
    ):
        second = await sign(client, other)
        assert set(second) == set(first)
        assert (await confirm(client, outbox))["status"] == "taken"
        await outbox.work()
        assert "listed already" in str(outbox.mails[-1]["Subject"])
    assert len(await waiting(services, "taken")) == 2


async def test_a_squatter_keeps_nobody_out(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    squatter = ("Example Society", "https://squat.example.net", "x@mail.example")
    assert await enter(client, outbox, *squatter) == "confirmed"
    real = ("Example Society", "https://www.example.org", "ani@example.org")
    assert await enter(client, outbox, *real) == "confirmed"
    second, first = sorted(await waiting(services), key=lambda each: each.basis)
    assert (first.flags, second.flags) == (("same_name",), ("same_name",))
    assert (first.basis, second.basis) == ("manual", "domain")
    await outbox.work()
    before = len(outbox.mails)
    await decide(services, second.id)
    await fold(services)
    assert await shown(client) == ["Example Society"]
    (taken,) = await waiting(services, "taken")
    assert taken.id == first.id
    await outbox.work()
    (mail,) = outbox.mails[before:]
    assert (mail["To"], "listed already" in str(mail["Subject"])) == ("x@mail.example", True)


async def test_names_that_read_alike_wait_beside_each_other(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    names = ("Example Society", "\u0415xample Society", "Exarnple Society Inc.", "Other Club")
    for number, name in enumerate(names):
        site = f"https://site{number}.example.net"
        assert await enter(client, outbox, name, site, f"x{number}@mail.example") == "confirmed"
    told = {each.name: set(each.flags) for each in await waiting(services)}
    assert [("same_name" in told[name]) for name in names] == [True, True, True, False]
    async with transaction(services.engine) as session:
        (first,) = (each for each in await waiting(services) if each.name == names[0])
        await refuse(session, services.vault, first.id, actor="test")
    flags = [set(each.flags) for each in await waiting(services)]
    assert sum("refused_before" in each for each in flags) == 2


async def test_a_wrong_approval_is_undone_and_the_right_one_made(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await enter(client, outbox, "Example Society", "https://squat.example.net", "x@mail.example")
    await enter(client, outbox, "Example Society", "https://www.example.org", "ani@example.org")
    right, wrong = sorted(await waiting(services), key=lambda each: each.basis)
    await decide(services, wrong.id)
    with pytest.raises(OrganizationTaken, match=str(wrong.id)):
        await decide(services, right.id)
    assert (await fold(services))["organizations"] == 1
    async with transaction(services.engine) as session:
        assert await undo(session, services.vault, wrong.id, actor="test") == "confirmed"
    assert (await fold(services))["organizations"] == 0
    assert {each.id for each in await waiting(services)} == {wrong.id, right.id}
    await decide(services, right.id)
    async with transaction(services.engine) as session:
        await refuse(session, services.vault, wrong.id, actor="test")
        assert await undo(session, services.vault, wrong.id, actor="test") == "taken", (
            "a refusal, too"
        )
    assert (await fold(services))["organizations"] == 1
    async with transaction(services.engine) as session:
        await refuse(session, services.vault, right.id, actor="test")
    (again,) = await waiting(services)
    assert (again.id, again.flags) == (wrong.id, ("refused_before",))


@pytest.mark.parametrize(
    ("host", "email"),
    [
        *(("facebook.com/a", "x@facebook.com"), ("gmail.com/hrw", "x@gmail.com")),
        *(("sites.google.com/a", "x@google.com"), ("medium.com/a", "x@example.org")),
        *(("linktr.ee/a", "x@example.org"), ("wordpress.com", "x@wordpress.com")),
        *(("github.io", "x@github.io"), ("yahoo.co.uk", "x@yahoo.co.uk")),
        *(("m.facebook.com/a", "x@example.org"), ("co.uk", "x@co.uk"), ("gmx.de", "x@gmx.de")),
    ],
)
async def test_a_shared_host_proves_nothing_and_is_taken_by_nobody(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, host: str, email: str
) -> None:
    await enter(client, outbox, "One Club", f"https://{host}", email)
    (one,) = await waiting(services)
    assert one.basis == "manual"
    await decide(services, one.id)
    assert await enter(client, outbox, "Two Club", f"https://{host}", "y@mail.example") == (
        "confirmed"
    )
    (two,) = await waiting(services)
    await decide(services, two.id)
    await fold(services)
    assert await shown(client) == ["One Club", "Two Club"]


async def test_what_an_earlier_version_took_for_an_own_domain_is_given_back(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    """As a migration, or a shorter list of shared hosts, left them: by the list of today."""
    await enter(client, outbox, "One Club", "https://github.com/one", "x@github.com")
    (one,) = await waiting(services)
    await decide(services, one.id)
    await enter(client, outbox, "Own Club", "https://www.example.org", "x@example.org")
    (own,) = await waiting(services)
    await decide(services, own.id)
    async with transaction(services.engine) as session:
        old = "UPDATE organizations SET domain = 'github.com', basis = 'domain' WHERE id = :id"
        await session.execute(text(old), {"id": one.id})
    await enter(client, outbox, "Two Club", "https://github.com/two", "y@mail.example")
    async with transaction(services.engine) as session:
        taken = "UPDATE organizations SET status = 'taken', basis = 'domain' WHERE status = :was"
        await session.execute(text(taken), {"was": "confirmed"})
    assert [each.basis for each in await waiting(services, "taken")] == ["manual"]
    for freed in (1, 0):
        async with transaction(services.engine) as session:
            assert await free_shared_hosts(session, vault=services.vault) == freed
    (two,) = await waiting(services)
    assert two.name == "Two Club"
    async with transaction(services.engine) as session:
        kept = text("SELECT domain, basis FROM organizations WHERE status = 'approved' ORDER BY 1")
        rows = [tuple(row) for row in (await session.execute(kept)).all()]
    assert rows == [("example.org", "domain"), (None, "manual")]


async def test_a_name_below_a_shared_host_is_its_owners(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for name in ("one", "two"):
        site = f"https://{name}.github.io"
        assert await enter(client, outbox, name, site, f"{name}@mail.example") == "confirmed"
        await decide(services, (await waiting(services))[0].id)
    site = "https://one.github.io/about"
    assert await enter(client, outbox, "Three", site, "x@mail.example") == "taken"


@pytest.mark.parametrize(
    ("name", "website", "flag"),
    [
        ("Exarnple Society", "https://a.example.net", "like_listed"),
        ("\u0415xample Society", "https://a.example.net", "like_listed"),
        ("Example Society Worldwide", "https://a.example.net", "like_listed"),
        ("Other Name", "https://www.exarnple.org", "like_listed"),
        ("Death To Everyone", "https://a.example.net", "held_word"),
        ("Visit t.me slash xyz", "https://a.example.net", "address"),
        ("United States Congress", "https://a.example.net", "office"),
        ("Assyrian Policy Institute", "https://a.example.net", "known_name"),
    ],
)
async def test_organizers_are_told_why_to_look_twice(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    name: str,
    website: str,
    flag: str,
) -> None:
    await sign(client, organization())
    await confirm(client, outbox)
    (real,) = await waiting(services)
    assert real.flags == ()
    await decide(services, real.id)
    assert await enter(client, outbox, name, website, "x@mail.example") == "confirmed"
    (entry,) = await waiting(services)
    assert flag in entry.flags


async def test_what_an_approval_shows_of_the_representative_is_read_before(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    role = {"role": "President of the United States", "show_name": True}
    await enter(client, outbox, "A Club", "https://a.example", "x@mail.example", **role)
    await enter(client, outbox, "B Club", "https://b.example", "y@mail.example", role="Director")
    one, two = sorted(await waiting(services), key=lambda each: str(each.name))
    assert one.representative == "Ani Petrosyan, President of the United States"
    assert one.flags == ("office",)
    assert (two.representative, two.flags) == (None, ())


async def test_two_who_confirm_at_once_both_wait_and_one_is_approved(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for name in ("ani", "bo", "cy"):
        await sign(client, organization(email=f"{name}@example.org"))
    await outbox.work()
    answers = await asyncio.gather(
        *(
            client.post("/api/v1/confirmations", json={"token": token})
            for token in outbox.tokens("confirm")
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    entries = await waiting(services)
    assert len(entries) == 3
    done = await asyncio.gather(
        *(decide(services, each.id) for each in entries), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == [
        "NoneType",
        "OrganizationTaken",
        "OrganizationTaken",
    ]
    assert len(await waiting(services, "taken")) == 2


async def test_a_representative_may_sign_as_a_person_too(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization())
    await sign(client, person())
    await outbox.work()
    for token in outbox.tokens("confirm"):
        answer = await client.post("/api/v1/confirmations", json={"token": token})
        assert answer.json()["status"] == "confirmed"
    assert (await fold(services))["persons"] == 1
    await pass_names(services)
    assert len(await signers(client)) == len(await waiting(services)) == 1


async def test_an_address_elsewhere_needs_a_check_by_hand(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization(email="ani@mail.example"))
    await confirm(client, outbox)
    (entry,) = await waiting(services)
    assert entry.basis == "manual"


async def test_leads_stand_first_and_the_others_by_name(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    services.published = opened(services.published, LETTER, leads=["Zeta Union", "Yerevan Club"])
    for number, name in enumerate(
        ["Yerevan Club", "The Beta Fund", "Alpha", "Zeta Union", "Éclair"]
    ):
        email = f"ani@n{number}.example"
        await sign(client, organization(name, f"https://n{number}.example", email))
        await confirm(client, outbox)
    for entry in await waiting(services):
        await decide(services, entry.id)
    await fold(services)
    assert await shown(client) == ["Zeta Union", "Yerevan Club", "Alpha", "The Beta Fund", "Éclair"]


async def test_historic_signatories_stand_apart_and_count_nothing(
    client: httpx.AsyncClient,
) -> None:
    statement = (await client.get(f"{URL}/{LETTER}/statement")).json()
    assert len(statement["historic"]["signatories"]) == 13
    assert statement["historic"]["source"]["id"] == "coalition-letter-2022"
    assert (statement["organizations"], statement["signing_organizations"]) == (0, [])


async def test_the_representative_withdraws(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization())
    await confirm(client, outbox)
    (entry,) = await waiting(services)
    await decide(services, entry.id)
    assert (await fold(services))["organizations"] == 1
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    for _ in range(2):
        sent = {"token": token, "do": "withdraw"}
        assert (await client.post("/own-data/signature", data=sent)).status_code == 200
    assert (await fold(services))["organizations"] == 0
    assert await shown(client) == []
    await sign(client, organization(email="bo@example.org"))
    assert (await confirm(client, outbox))["status"] == "confirmed", "its place is free again"


async def test_whoever_is_taken_waits_again_once_the_other_withdraws_or_is_erased(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for who in ("ani", "bo", "cy"):
        email = f"{who}@example.org"
        await sign(client, organization(email=email, role=who, show_name=True))
        await confirm(client, outbox)

    async def by_role(status: str) -> dict[str, UUID]:
        found = await waiting(services, status)
        return {str(each.representative).split()[-1]: each.id for each in found}

    await decide(services, (await by_role("confirmed"))["ani"])
    assert set(await by_role("taken")) == {"bo", "cy"}
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    await client.post("/own-data/signature", data={"token": token, "do": "withdraw"})
    entries = await by_role("confirmed")
    assert set(entries) == {"bo", "cy"}
    await decide(services, entries["bo"])
    assert set(await by_role("taken")) == {"cy"}
    token = await outbox.own_data(client, LETTER, "bo@example.org")
    await client.post("/own-data/erase", data={"token": token, "do": "erase"})
    assert set(await by_role("confirmed")) == {"cy"}
