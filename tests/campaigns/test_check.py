from datetime import date, timedelta
from pathlib import Path

import pytest

from api.campaigns.check import check, concerning
from api.campaigns.fields import plain
from api.campaigns.problems import Problem
from tests.campaigns.small import DEMANDS, TODAY, changed, directory, errors, examined
from tests.times import Stopwatch, quick

LETTERS = "templates/letters/save-the-lake"


def warnings(site: Path, today: date = TODAY) -> list[str]:
    return [str(p) for p in examined(site, today).problems if p.level == "warning"]


def test_the_fixtures_have_no_warnings(site: Path) -> None:
    assert check(site / "campaigns", site / "templates", directory(), TODAY) == []


def test_what_nobody_reviewed_for_long_gets_a_warning(site: Path) -> None:
    found = "\n".join(warnings(site, date(2027, 10, 15)))
    assert "facts.yaml:7:15: warning: facts.lake-area.reviewed: 2026-10-01 is 379 days ago" in found
    assert "demands.yaml:14:19: warning: demands.clean-lake.status_as_of" in found
    assert "offices.yaml:12:12: warning: offices.president.as_of" in found
    assert "the members of Congress are as of 2026-11-01, 348 days ago" in found
    assert "7 recorded terms have ended: house:CA-30, " in found


def test_there_is_no_warning_on_the_last_day(site: Path) -> None:
    assert warnings(site, date(2026, 10, 15) + timedelta(days=90)) == [
        (
            "data:1:1: warning: lines: the district lines of Congress 120 are not known in 44 "
            "states (AL, AR, AZ, CA, CO, CT, …), where supporters are asked for their district"
        ),
        (
            "data:1:1: warning: terms: 7 recorded terms have ended: house:CA-30, house:CA-31, "
            "house:DC-0, house:PR-0, house:WY-0, senate:CA:1, …"
        ),
    ]


def test_a_date_in_the_future_gets_a_warning(site: Path) -> None:
    changed(site / "campaigns/dossier/facts.yaml", "reviewed: 2026-10-01", "reviewed: 2026-12-01")
    assert any("2026-12-01 is in the future" in warning for warning in warnings(site))


def test_a_record_of_an_unknown_member_gets_a_warning(site: Path) -> None:
    changed(site / "campaigns/dossier/records.yaml", "M900005", "Z900009")
    assert any("nobody with the id Z900009" in warning for warning in warnings(site))


def test_a_text_for_a_kind_of_reader_that_is_absent_today_is_checked_too(site: Path) -> None:
    path = site / LETTERS / "chair-HSAG.j2"
    path.write_text("Subject: The lake\n\nI live in {{ place }}. {{ ask }}\n\nNo end", "utf-8")
    assert {p.file for p in errors(site)} == {f"{LETTERS}/chair-HSAG.j2"}
    assert "does not end like a sentence" in str(errors(site))


def test_a_text_that_fits_no_reader_is_refused(site: Path) -> None:
    (site / LETTERS / "HSIX.j2").write_text("Subject: x", "utf-8")
    assert [str(p) for p in errors(site)] == [
        (
            f"{LETTERS}/HSIX.j2:1:1: is for no known reader, and no text includes it, "
            'did you mean "HSII"?'
        )
    ]


def test_a_text_that_the_campaign_never_sends_gets_a_warning(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "[president, house, senate]", "[house]")
    assert [w.split(":")[0] for w in warnings(site)] == [
        *(f"{LETTERS}/president.j2", f"{LETTERS}/senator.j2")
    ]


def test_a_missing_text_is_refused_once_for_all_its_readers(site: Path) -> None:
    (site / LETTERS / "delegate.j2").unlink()
    assert [str(p) for p in errors(site)] == [
        (
            "campaigns/save-the-lake.yaml:21:9: letter: there is no text for delegate: write one "
            "as delegate.j2 in the letter's folder (to house:DC-0 and 1 more)"
        )
    ]


def test_every_choice_of_demands_is_checked(site: Path) -> None:
    changed(
        site / LETTERS / "senator.j2",
        "Please let me know",
        '{% if demands|length == 1 and demands[0].id == "count-fish" %}Oops{% endif %}\n\nPlease',
    )
    assert [p.message[:45] for p in errors(site)] == [
        "has a paragraph that does not end like a sent"
    ]


def test_a_greeting_of_its_own_is_refused(site: Path) -> None:
    for added in ("Dear Congressman,", "Sincerely,\nAnn", "Best regards,"):
        path = site / LETTERS / "senator.j2"
        before = path.read_text("utf-8")
        path.write_text(f"{before.rstrip()}\n\n{added}\n", "utf-8")
        assert ["greeting and close are added" in str(p) for p in errors(site)] == [True], added
        path.write_text(before, "utf-8")


def test_a_fact_with_a_hyphen_needs_its_brackets(site: Path) -> None:
    path = site / LETTERS / "senator.j2"
    changed(path, "Please let", "{{ facts.lake-area }} Please let")
    assert 'a fact is written facts["its-id"]' in str(errors(site)[0])


def test_a_fact_must_be_stated_with_its_source(site: Path) -> None:
    changed(site / LETTERS / "senator.j2", '{% include "grounds.j2" %}', "The lake covers much.")
    assert errors(site) == []
    assert examined(site).campaigns["save-the-lake"].text("senate:CA:1", DEMANDS).cites == ()


def test_a_long_letter_and_a_late_ask_get_a_warning(site: Path) -> None:
    words = "Here is one more sentence that says little. " * 50
    numbered = " ".join(f"{i} {s}." for i, s in enumerate(words.split(". ")) if s)
    changed(site / LETTERS / "senator.j2", "I live in", f"{numbered} I live in")
    found = "\n".join(warnings(site))
    assert "words: a letter of up to 350 is read" in found
    assert "makes its ask after the first third" in found


def test_files_that_do_not_belong_are_refused(site: Path) -> None:
    (site / "campaigns/extra.yml").write_text("slug: extra", "utf-8")
    (site / "campaigns/loud.YAML").write_text("slug: loud", "utf-8")
    (site / "campaigns/dossier/fact.yaml").write_text("facts: []", "utf-8")
    (site / LETTERS / "notes.txt").write_text("x", "utf-8")
    (site / LETTERS / "HSAG.j2").symlink_to("/etc/hostname")
    (site / LETTERS / "SSEG.j2").write_bytes(b"Subject: \xff")
    (site / LETTERS / "HSII13.j2").write_text("x" * 70_000, "utf-8")
    found = {p.file.rpartition("/")[2]: p.message for p in errors(site)}
    assert found["extra.yml"].endswith("must end in .yaml")
    assert found["loud.YAML"].endswith("must end in .yaml")
    assert "no part of the dossier" in found["fact.yaml"]
    assert "plain files" in found["notes.txt"]
    assert "plain files" in found["HSAG.j2"]
    assert "UTF-8" in found["SSEG.j2"]
    assert "32 KiB" in found["HSII13.j2"]


def test_a_part_of_the_dossier_that_cannot_be_read_is_the_one_thing_said(site: Path) -> None:
    changed(site / "campaigns/dossier/demands.yaml", "demands:\n", "demands: x\n")
    found = errors(site)
    assert [(p.file, p.line) for p in found] == [("campaigns/dossier/demands.yaml", 2)]
    (site / "campaigns/dossier/demands.yaml").write_text("demands: x\n", "utf-8")
    assert [p.where for p in errors(site)] == ["demands"]


def test_one_file_is_checked_with_what_it_draws_on(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
    changed(site / "campaigns/dossier/facts.yaml", "locator: page 3", "locator: 3")
    found = examined(site)
    own = concerning(found, site / "campaigns/lake-statement.yaml")
    assert [p.file for p in own] == ["campaigns/dossier/facts.yaml"]
    assert len(found.problems) == 2


def test_a_campaign_with_errors_is_not_published_but_the_others_are(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
    assert list(examined(site).campaigns) == ["lake-statement"]


def test_a_problem_reads_as_editors_know_it() -> None:
    problem = Problem("campaigns/x.yaml", 12, 3, "demands", "unknown demand")
    assert str(problem) == "campaigns/x.yaml:12:3: demands: unknown demand"


@pytest.mark.parametrize(
    "left",
    ["[FIRST NAME]", "[First Name]", "[insert your city]", "[your name]", "<<Name>>", "[[name]]",
     "{name}", "*|FNAME|*", "%FIRST_NAME%", "${name}", "____", "**bold**", "*bold*", "__bold__",
     "`code`", "_slanted_", "(your name)", "(insert city)", "[City, State]", "[ISSUE]", "[]",
     "[Insert why this matters to you]", "[first_name]", "#NAME#", "$first_name", "Lorem ipsum",
     "<b>bold</b>", "<name>", "&nbsp;", "&#39;", "[words](https://example.org)",
     "zero\u200bwidth", "soft\u00adhyphen", "word\u2060joiner", "object\ufffc", "join\u200der",
     "turn\u202eed", "mark\ufeff", "tag\U000e0041", "[Rep. Last Name]", "[my town]",
     "[Sender Name]", "[name of your city]", "[personal story here]", "[INSERT]",
     "[optional: your story]", "[share why this matters]", "[xxx]", "[TK]",
     "\uff3bFIRST NAME\uff3d", "\u3010Name\u3011",
     "\u00abFirst_Name\u00bb", "%recipient.name%", "(Your Town)", "[su ciudad]",
     "[nombre completo]", "[Ձեր անունը]"],
)  # fmt: skip
def test_what_a_template_leaves_is_refused(left: str) -> None:
    with pytest.raises(ValueError, match=r"left in it|which is not allowed"):
        plain(f"I think {left} of it.")


@pytest.mark.parametrize("left", ["[FIRST NAME]", "**bold**", "zero\u200bwidth"])
def test_it_is_refused_in_letters_and_in_campaigns(left: str, site: Path) -> None:
    changed(site / LETTERS / "senator.j2", "I live in", f"I think {left} of it. I live in")
    changed(site / "campaigns/lake-statement.yaml", "title: ", f"title: '{left}'  # ")
    found = {p.file.rpartition("/")[2] for p in errors(site)}
    assert found >= {"senator.j2", "lake-statement.yaml"}


@pytest.mark.parametrize(
    "kept",
    [
        "a \u201cquote [sic] of it\u201d",
        "5 * 3 * 2",
        "H.R. 1 & 2",
        "x < y",
        "[T]he court",
        "[the state]",
        "[U.S.] forces",
        "[\u2026]",
        "[NATO]",
        "[emphasis added]",
        "[and the town]",
        "(name withheld)",
        "«a word»",
        "the [Secretary of State]",
        "(a senator)",
        "(name)",
        "50%, 60%",
        "Section 907(a)(2)",
        "#1 and #2",
        "$100",
        "a note* and its mark*",
        "https://x.org/_a_/__b__",
        "(your senator)",
        "[your state's]",
        "\u0562\u0561\u057c` \u0574\u056b` \u0562\u0561\u057c",
        "\u2764\ufe0f \U0001f469\u200d\U0001f33e",
    ],
)
def test_what_a_writer_means_is_kept(kept: str) -> None:
    assert plain(kept) == kept


@pytest.mark.parametrize("name", ["x.YAML", "x.yml", "x", "x.yaml.txt", "x.json"])
def test_a_file_with_another_ending_is_never_told_as_sound(name: str, site: Path) -> None:
    path = site / "campaigns" / name
    path.write_text("kind: letterz", "utf-8")
    assert any("must end in .yaml" in p.message for p in concerning(examined(site), path))


HUGE = {
    "targets": ", ".join(f"house:CA-{i % 99}" for i in range(4_000)),
    "demands": ", ".join(f"clean-lakes-{i}" for i in range(4_000)),
    "the same": "a, " * 4_900,
    "unlike": ", ".join(f"a{i}" for i in range(30_000)),
}


@pytest.mark.parametrize("entries", HUGE.values(), ids=HUGE.keys())
@pytest.mark.parametrize("key", ["targets", "demands", "partners", "languages", "unknown", "slug"])
def test_a_file_of_many_entries_is_refused_at_once(key: str, entries: str, site: Path) -> None:
    path = site / "campaigns/save-the-lake.yaml"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith(key)]
    path.write_text("\n".join([*lines, f"{key}: [{entries}]"]), "utf-8")
    watch = Stopwatch()
    assert errors(site)
    assert quick(watch.processor, 1)


def test_loops_that_print_nothing_are_bounded(site: Path) -> None:
    loops = "{% for a in demands %}{% for b in demands %}{% endfor %}{% endfor %}"
    changed(site / LETTERS / "senator.j2", "I live in", f"{loops * 400}I live in")
    watch = Stopwatch()
    assert any("go round more than" in p.message for p in errors(site))
    assert quick(watch.processor, 1)
