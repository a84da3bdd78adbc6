import json
from dataclasses import asdict
from datetime import datetime

import pytest

from api.campaigns.published import KEPT_CHOICES, PublishedCampaign
from api.errors import InvalidInput
from api.letters.bundle import bundle_digest
from tests.campaigns.small import DEMANDS, FIXTURES, TODAY, examined


def test_a_bundle_read_back_gives_the_very_same_letters(lake: PublishedCampaign) -> None:
    again = PublishedCampaign(json.loads(json.dumps(lake.bundle)))
    assert again.bundle_digest == lake.bundle_digest
    for seat in lake.readers:
        for demands in (DEMANDS, DEMANDS[::-1], DEMANDS[:1]):
            assert asdict(again.text(seat, demands)) == asdict(lake.text(seat, demands))
    assert again.fixed_targets == lake.fixed_targets
    assert again.dossier == lake.dossier


def test_the_digest_names_everything_that_letters_are_made_of(lake: PublishedCampaign) -> None:
    for part in ("campaign", "facts", "demands", "templates", "targets", "data", "slot"):
        assert bundle_digest({**lake.bundle, part: "other"}) != lake.bundle_digest
    assert lake.bundle_digest.startswith("b1:")
    assert examined(FIXTURES).campaigns["save-the-lake"].bundle_digest == lake.bundle_digest


def test_targets_of_a_bundle_begin_with_seat_id_and_name(lake: PublishedCampaign) -> None:
    rows = [row[:3] for row in lake.bundle["targets"]]
    assert rows[0] == ["president", None, "Paula Lake"]
    assert ["house:CA-30", "Q900001", "Ada Quill"] in rows
    assert len(rows) == 8


def test_only_what_is_used_is_carried(lake: PublishedCampaign) -> None:
    open_letter = examined(FIXTURES).campaigns["lake-statement"]
    assert set(open_letter.dossier.facts) == {"lake-area"}
    assert set(open_letter.dossier.demands) == {"clean-lake"}
    assert set(lake.dossier.sources) == {"lake-report", "lake-letter"}
    assert [record.id for record in lake.dossier.records.values()] == ["marsh-letter"]


def test_a_letter_is_rendered_once(lake: PublishedCampaign) -> None:
    assert lake.text("house:WY-0", DEMANDS) is lake.text("house:WY-0", DEMANDS)
    assert lake.text("house:WY-0", DEMANDS[:1]) is lake.text("house:WY-0", DEMANDS[:1])
    assert lake._chosen.cache_info().maxsize == KEPT_CHOICES


def test_a_seat_that_is_no_target_is_refused(lake: PublishedCampaign) -> None:
    with pytest.raises(KeyError):
        lake.text("house:TX-1", DEMANDS)
    with pytest.raises(KeyError):
        lake.text("secretary-of-state", DEMANDS)


def test_demands_shape_text_and_subject_in_their_order(lake: PublishedCampaign) -> None:
    subjects = [lake.text("house:WY-0", demands).subject for demands in (DEMANDS, DEMANDS[::-1])]
    assert [subject.split(",")[0] for subject in subjects] == [
        "Keep the lake clean",
        "Count the fish",
    ]


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (None, "demands_empty"),
        ([], "demands_empty"),
        (["clean-lake", "clean-lake"], "demands_unknown"),
        (["other"], "demands_unknown"),
    ],
)
def test_a_wrong_choice_is_refused(
    lake: PublishedCampaign, chosen: list[str] | None, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        lake.demands_for(chosen)
    assert [(e.field, e.code) for e in refused.value.fields] == [("demands", code)]


def test_a_right_choice_is_taken(lake: PublishedCampaign) -> None:
    assert lake.demands_for(["count-fish"]) == ("count-fish",)
    assert lake.demands_for(["count-fish", "clean-lake"]) == ("count-fish", "clean-lake")


def test_where_demands_are_fixed_only_they_are_taken(lake: PublishedCampaign) -> None:
    bundle = {**lake.bundle, "campaign": {**lake.bundle["campaign"], "form": {}}}
    fixed = PublishedCampaign(bundle)
    assert fixed.demands_for(None) == fixed.demands_for(list(DEMANDS)) == DEMANDS
    with pytest.raises(InvalidInput):
        fixed.demands_for(list(DEMANDS[::-1]))


def test_fixed_targets_come_from_the_offices(lake: PublishedCampaign) -> None:
    (president,) = lake.fixed_targets
    assert (president.seat, president.kind, president.title) == (
        *("president", "president", "President"),
    )
    assert president.salutation == "Dear Madam President,"
    assert president.postal_address == "1 Main Street\nSpringfield"
    assert lake.chambers == {"house", "senate"}


def test_an_office_without_a_holder_is_called_by_its_name(lake: PublishedCampaign) -> None:
    office = {**lake.bundle["offices"][0], "holder": None, "last_name": None}
    (president,) = PublishedCampaign({**lake.bundle, "offices": [office]}).fixed_targets
    assert president.name == "The President of the United States"


def test_its_state_follows_the_clock(lake: PublishedCampaign) -> None:
    noon = datetime.fromisoformat(f"{TODAY}T12:00:00-05:00")
    assert lake.state(noon) == "open"
    assert lake.state(noon.replace(year=2027)) == "closed"
