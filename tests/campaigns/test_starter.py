from pathlib import Path

import pytest

from api.campaigns.dossier import Demand
from api.campaigns.starter import CannotStart, starter, usable
from tests.campaigns.small import changed, errors, examined


def demand(site: Path, name: str = "clean-lake") -> Demand:
    return examined(site).loaded.dossier.demands[name]


def test_a_new_campaign_passes_the_check_as_it_is(site: Path) -> None:
    starter("eighth", demand(site), site / "campaigns", site / "templates").write()
    found = examined(site)
    assert [str(problem) for problem in found.problems] == []
    eighth = found.campaigns["eighth"]
    assert eighth.campaign.status == "draft"
    assert "the Lake Office" in eighth.text("house:WY-0", ("clean-lake",)).statement.replace(
        "The", "the"
    )


def test_it_writes_to_the_offices_that_the_demand_has_a_wording_for(site: Path) -> None:
    offices = examined(site).loaded.dossier.offices
    starter("eighth", demand(site), site / "campaigns", site / "templates", offices).write()
    found = examined(site)
    assert [str(problem) for problem in found.problems] == []
    eighth = found.campaigns["eighth"]
    assert eighth.campaign.targets == ("president", "house", "senate")
    assert "constituent" not in eighth.text("president", ("clean-lake",)).statement


def test_it_is_not_opened_with_the_words_of_the_starter(site: Path) -> None:
    starter("eighth", demand(site), site / "campaigns", site / "templates").write()
    path = site / "campaigns/eighth.yaml"
    changed(path, "status: draft ", "status: open ")
    assert [problem.where for problem in examined(site).problems] == [
        "summary",
        "sponsor.name",
        "sponsor.about",
    ]
    changed(path, "The name of your organization", "Lake Friends")
    changed(path, "One sentence on who you are.", "We live by the lake.")
    changed(path, "One or two sentences for cards, share previews and search.", "Clean it.")
    assert errors(site) == []


@pytest.mark.parametrize("title", ["Yes: it is", "No", "# not a comment", "it's [here]", "1.5"])
def test_any_title_of_a_demand_will_do(site: Path, title: str) -> None:
    path = site / "campaigns/dossier/demands.yaml"
    changed(path, "title: Keep the lake clean", f'title: "{title}"')
    starter("eighth", demand(site), site / "campaigns", site / "templates").write()
    assert examined(site).campaigns["eighth"].campaign.title.en == title


def test_nothing_is_overwritten(site: Path) -> None:
    before = (site / "campaigns/save-the-lake.yaml").read_text("utf-8")
    with pytest.raises(CannotStart, match="is there already"):
        starter("save-the-lake", demand(site), site / "campaigns", site / "templates").write()
    assert (site / "campaigns/save-the-lake.yaml").read_text("utf-8") == before
    assert errors(site) == []


@pytest.mark.parametrize("slug", ["Lake", "../lake", "a b", "", "a--b", "x" * 61])
def test_a_bad_name_is_refused(site: Path, slug: str) -> None:
    with pytest.raises(CannotStart, match="lower-case letters"):
        starter(slug, demand(site), site / "campaigns", site / "templates")


def test_a_demand_must_have_words_for_everyone(site: Path) -> None:
    changed(
        site / "campaigns/dossier/demands.yaml",
        "      delegate: I ask you to cosponsor",
        "      HSAG: I ask you to cosponsor",
    )
    assert [d.id for d in usable(examined(site).loaded.dossier.demands.values())] == ["count-fish"]
