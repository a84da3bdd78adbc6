"""A campaign may write to a committee or to some seats: never to anybody's non-constituent."""

from datetime import date
from pathlib import Path

import pytest

from api.campaigns.published import PublishedCampaign
from api.campaigns.targets import chambers_of, committee_name, is_office, selects, selects_seat
from api.errors import InvalidInput
from api.services import Published
from api.submissions.forms import Place
from api.submissions.targeting import Targeting, find_targets, require_complete
from api.targets.congress import Directory
from tests.campaigns.small import TODAY, changed, directory, errors, examined

CAMPAIGN = "campaigns/save-the-lake.yaml"
ALL = "targets: [president, house, senate]"


def published(site: Path, targets: str) -> PublishedCampaign:
    changed(site / CAMPAIGN, ALL, f"targets: [{targets}]")
    examination = examined(site)
    assert [str(p) for p in examination.problems if p.level == "error"] == []
    return examination.campaigns["save-the-lake"]


def found(campaign: PublishedCampaign, zip_code: str, district: str | None = None) -> Targeting:
    return find_targets(campaign, directory(), zip_code, district, TODAY)


@pytest.mark.parametrize(
    ("target", "chambers"),
    [
        ("house", {"house"}),
        ("senate", {"senate"}),
        ("president", set()),
        ("committee:HSFA", {"house"}),
        ("committee:SSAP20", {"senate"}),
        ("committee:JSEC", {"house", "senate"}),
        ("house:CA-30", {"house"}),
        ("senate:MA:1", {"senate"}),
    ],
)
def test_chambers(target: str, chambers: set[str]) -> None:
    assert chambers_of(target) == chambers
    assert is_office(target) == (not chambers)


def test_a_target_selects_whom_it_names() -> None:
    quill = directory().seat("house:CA-30", TODAY)
    assert quill
    assert [t for t in ("house", "senate", "house:CA-30", "house:CA-31") if selects(t, quill)] == [
        "house",
        "house:CA-30",
    ]
    assert selects("committee:HSII", quill)
    assert selects("committee:HSII13", quill)
    assert not selects("committee:SSEG", quill)
    assert not selects_seat("committee:HSII", "house:CA-30")


def test_committees_are_called_by_their_names() -> None:
    assert committee_name("HSII", directory()) == "the House Committee on Natural Resources"
    assert committee_name("HSII13", directory()) == (
        "the Subcommittee on Water of the House Committee on Natural Resources"
    )


def test_only_own_representatives_who_sit_there_are_written_to(site: Path) -> None:
    campaign = published(site, "committee:HSII, committee:SSEG")
    assert set(campaign.readers) == {"house:CA-30", "house:CA-31", "senate:CA:1"}
    assert found(campaign, "91204").seats == ("house:CA-30", "senate:CA:1")
    assert found(campaign, "91204").elsewhere == ()


def test_somebody_who_lives_elsewhere_is_told_and_writes_to_nobody(site: Path) -> None:
    campaign = published(site, "committee:HSII")
    targeting = found(campaign, "82001")
    assert targeting.targets == ()
    assert targeting.elsewhere == ("the House Committee on Natural Resources",)
    with pytest.raises(InvalidInput) as refused:
        require_complete(targeting, Place(zip="82001"))
    [field] = refused.value.fields
    assert field.code == "not_represented"
    assert "the House Committee on Natural Resources" in field.message
    assert "constituents" in field.message


@pytest.mark.parametrize("zip_code", ["20001", "00901", "96910"])
def test_who_elects_no_senators_is_not_told_that_seats_are_vacant(
    zip_code: str, request: pytest.FixtureRequest
) -> None:
    shipped: Published = request.getfixturevalue("published")
    bundle = dict(shipped.catalog.get("reverse-907-waiver").bundle)
    bundle["campaign"] = {**bundle["campaign"], "targets": ["senate"]}
    campaign = PublishedCampaign(bundle)
    targeting = find_targets(campaign, shipped.directory, zip_code, None, date(2026, 6, 1))
    assert (targeting.targets, targeting.found.vacant) == ((), ())
    with pytest.raises(InvalidInput) as refused:
        require_complete(targeting, Place(zip=zip_code))
    [field] = refused.value.fields
    assert field.code == "not_represented"
    assert "elect no senators" in field.message


def test_an_office_is_written_to_even_so(site: Path) -> None:
    campaign = published(site, "president, committee:HSII")
    targeting = found(campaign, "82001")
    assert targeting.seats == ("president",)
    require_complete(targeting, Place(zip="82001"))
    assert targeting.elsewhere == ("the House Committee on Natural Resources",)


def test_a_split_zip_code_asks_before_it_says_anything(site: Path) -> None:
    campaign = published(site, "committee:HSII13")
    assert found(campaign, "91205").found.needs_district
    assert found(campaign, "91205").elsewhere == ()
    assert found(campaign, "91205", "CA-30").seats == ("house:CA-30",)
    assert found(campaign, "91205", "CA-31").elsewhere == (
        "the Subcommittee on Water of the House Committee on Natural Resources",
    )


def test_a_list_of_seats(site: Path) -> None:
    campaign = published(site, "house:WY-0, senate:CA:3")
    assert set(campaign.readers) == {"house:WY-0", "senate:CA:3"}
    assert found(campaign, "82001").seats == ("house:WY-0",)
    assert found(campaign, "82001").elsewhere == ("Gia Wells",)
    assert found(campaign, "91204").seats == ("senate:CA:3",)
    assert campaign.target_names == ("Ben Stone", "Gia Wells")


def test_nobody_is_written_to_twice(site: Path) -> None:
    campaign = published(site, "committee:HSII13, committee:HSII, house")
    assert found(campaign, "91204").seats == ("house:CA-30",)


def test_vacant_seats_are_named_only_where_they_would_be_written_to(site: Path) -> None:
    everyone = examined(site).campaigns["save-the-lake"]
    assert [v.seat for v in found(everyone, "82001").found.vacant] == ["senate:WY:1", "senate:WY:2"]
    committee = published(site, "committee:SSEG")
    assert found(committee, "82001").found.vacant == ()


def test_what_has_no_letters_to_write_is_warned_about(site: Path) -> None:
    changed(site / CAMPAIGN, ALL, "targets: [house, committee:HSAG, house:CA-30, senate:WY:1]")
    told = [str(p) for p in examined(site).problems if p.where == "targets"]
    assert [line.split("targets: ")[1] for line in told] == [
        "nobody holds or sits on committee:HSAG today",
        "house:CA-30 is among the other targets already",
        "nobody holds or sits on senate:WY:1 today",
    ]
    assert errors(site) == []


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("committee:HSIX", 'unknown committee "HSIX", did you mean "HSII"?'),
        ("house:CA-99", 'unknown seat "house:CA-99", did you mean "house:CA-3'),
        ("senate:CA:2", 'unknown seat "senate:CA:2", did you mean "senate:CA:'),
        ("committee:hsii", "must be house, senate, an office"),
        ("house:ca-30", "must be house, senate, an office"),
        ("'committee:'", "must be house, senate, an office"),
        ("state:CA", "must be house, senate, an office"),
    ],
)
def test_a_wrong_target_is_refused(target: str, says: str, site: Path) -> None:
    changed(site / CAMPAIGN, ALL, f"targets: [{target}]")
    assert any(says in str(problem) for problem in errors(site)), list(map(str, errors(site)))


def test_a_bundle_keeps_the_names(site: Path) -> None:
    campaign = published(site, "committee:HSII")
    again = PublishedCampaign(campaign.bundle)
    assert again.target_names == ("the House Committee on Natural Resources",)
    assert again.bundle_digest == campaign.bundle_digest


def test_every_real_committee_has_a_name_of_its_own() -> None:
    from api.settings import ROOT

    real = Directory.load(ROOT / "data")
    names = [committee_name(code, real) for code in real.committees]
    assert len(set(names)) == len(names)
    assert committee_name("HSAP04", real) == (
        "the Subcommittee on National Security, Department of State, and Related Programs of the "
        "House Committee on Appropriations"
    )
