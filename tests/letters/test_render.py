from typing import Any

import pytest

from api.letters.canonical import digest
from api.letters.reader import Post, Reader
from api.letters.render import Renderer, Unwritten, paragraphs
from api.letters.sandbox import RenderFailed

WORDS = "Subject: {{ ask }}\n\nI live in {{ place }}. {{ ask }} {{ facts['b'] }}\n"


def bundle(**more: Any) -> dict[str, Any]:
    fact = {"source": "s"}
    return {
        "demands": [
            {
                "id": "act",
                "title": {"en": "Act"},
                "asks": {"senator": "Act, senator.", "chair-SSEG": "Hold a hearing."},
                "officials": ["warden"],
            }
        ],
        "facts": [{"id": "a", "claim": "A.", **fact}, {"id": "b", "claim": "B is so.", **fact}],
        "officials": [{"id": "warden", "name": "W", "title": "Warden", "as_of": "2023-04"}],
        "records": [
            {"bioguide": "G900006", "what": "co_led", "on": "x", "title": "X", "date": "2023-04"}
        ],
        "templates": {"senator.j2": WORDS},
        **more,
    }


def senator(*posts: Post, bioguide: str = "W900007") -> Reader:
    return Reader(
        *("senate:CA:1", bioguide, "Gia Wells", "senator", "Wells", "Senator", "CA", None),
        "Dear Senator Wells,",
        posts,
    )


REPRESENTATIVE = Reader(
    *("house:CA-30", "M900009", "Cy Moss", "representative", "Moss", "Representative"),
    *("CA", "CA-30", "Dear Representative Moss,"),
)
PRESIDENT = Reader(
    *("president", None, "Ann Hall", "president", "Hall", "President", None, None),
    "Dear Madam President,",
)


def test_a_letter_has_its_parts_and_its_digest() -> None:
    text = Renderer(bundle()).text(senator(), ("act",))
    parts = {
        "seat": "senate:CA:1",
        "target_id": "W900007",
        "name": "Gia Wells",
        "salutation": "Dear Senator Wells,",
        "subject": "Act, senator.",
        "statement": "I live in ⟦place⟧. Act, senator. B is so.",
        "close": "Sincerely,\na constituent in ⟦place⟧",
        "cites": ["b"],
    }
    assert {name: getattr(text, name) for name in parts} == {**parts, "cites": ("b",)}
    assert text.digest == digest("lt1", parts)


def test_any_change_changes_the_digest() -> None:
    first = Renderer(bundle()).text(senator(), ("act",))
    other = Renderer(bundle(templates={"senator.j2": WORDS + "!"})).text(senator(), ("act",))
    successor = Renderer(bundle()).text(senator(bioguide="X900008"), ("act",))
    assert len({first.digest, other.digest, successor.digest}) == 3


def test_the_wording_that_fits_best_wins() -> None:
    chair = senator(Post("SSEG", "chair"))
    assert "Hold a hearing." in Renderer(bundle()).text(chair, ("act",)).statement


def test_what_is_asked_of_a_reader_can_be_looked_up() -> None:
    renderer = Renderer(bundle())
    assert renderer.wording(renderer.fit(senator()).lineage, ("act",)).asks == ["Act, senator."]


def test_the_text_that_fits_best_wins() -> None:
    templates = {"senator.j2": WORDS, "record-led-x.j2": "Subject: Thanks\n\n{{ record.date }}"}
    renderer = Renderer(bundle(templates=templates))
    assert renderer.text(senator(bioguide="G900006"), ("act",)).statement == "April 2023"
    assert renderer.text(senator(), ("act",)).subject == "Act, senator."


@pytest.mark.parametrize(
    ("reader", "target"),
    [
        (
            senator(),
            {
                "name": "Gia Wells",
                "last_name": "Wells",
                "title": "Senator",
                "salutation_name": "Senator Wells",
                "chamber": "Senate",
                "state_name": "California",
            },
        ),
        (
            REPRESENTATIVE,
            {
                "name": "Cy Moss",
                "last_name": "Moss",
                "title": "Representative",
                "salutation_name": "Representative Moss",
                "chamber": "House",
                "state_name": "California",
                "district": "CA-30",
                "district_name": "California's 30th congressional district",
            },
        ),
        (
            PRESIDENT,
            {
                "name": "Ann Hall",
                "last_name": "Hall",
                "title": "President",
                "salutation_name": "Madam President",
            },
        ),
    ],
    ids=["senator", "representative", "president"],
)
def test_a_template_knows_whom_it_is_written_to(reader: Reader, target: dict[str, str]) -> None:
    templates = {f"{kind}.j2": WORDS for kind in ("senator", "representative", "president")}
    fit = Renderer(bundle(templates=templates)).fit(reader)
    assert fit.target == target
    assert (fit.name, fit.record) == (reader.kind, None)


def test_a_letter_says_what_its_reader_did() -> None:
    record = Renderer(bundle()).fit(senator(bioguide="G900006")).record
    assert record == {"what": "co_led", "on": "x", "title": "X", "date": "April 2023"}


def test_the_officials_of_a_demand_have_their_names_and_since_when() -> None:
    each = "{{ official.title }} {{ official.name }}, {{ official.as_of }}"
    source = f"Subject: x\n\n{{% for official in officials %}}{each}{{% endfor %}}"
    text = Renderer(bundle(templates={"senator.j2": source})).text(senator(), ("act",))
    assert text.statement == "Warden W, April 2023"


def test_a_whole_letter_has_the_writers_words_and_place() -> None:
    whole = Renderer(bundle()).text(senator(), ("act",)).whole("Mine, ⟦place⟧.", "Lodi")
    assert whole.startswith("Dear Senator Wells,\n\nMine, ⟦place⟧.\n\n")
    assert "I live in Lodi." in whole
    assert whole.endswith("Sincerely,\na constituent in Lodi")


def test_a_letter_draws_on_at_most_six_thousand_facts() -> None:
    facts = [{"id": f"f{number}", "claim": f"{number}."} for number in range(6001)]
    words = "Subject: x\n\n{{ facts['f0'] }} {{ facts['f5999'] }}"
    some = bundle(facts=facts[:6000], templates={"senator.j2": words})
    assert Renderer(some).text(senator(), ("act",)).cites == ("f0", "f5999")
    with pytest.raises(ValueError, match="at most 6000 facts"):
        Renderer(bundle(facts=facts))


def test_facts_are_cited_in_their_order_and_once() -> None:
    source = "Subject: x\n\n{{ facts['b'] }} {{ facts['a'] }} {{ facts['b'] }}"
    text = Renderer(bundle(templates={"senator.j2": source})).text(senator(), ("act",))
    assert text.cites == ("b", "a")
    assert text.statement == "B is so. A. B is so."


def test_a_fact_that_is_not_reached_is_not_cited() -> None:
    source = "Subject: x\n\n{% if record %}{{ facts['a'] }}{% else %}{{ facts['b'] }}{% endif %}"
    text = Renderer(bundle(templates={"senator.j2": source})).text(senator(), ("act",))
    assert text.cites == ("b",)


def test_without_a_text_or_a_wording_there_is_no_letter() -> None:
    delegate = Reader(
        *("house:DC-0", "H900003", "Cleo Hart", "delegate", "Hart", "Delegate", "DC", "DC-0"),
        "Dear Delegate Hart,",
    )
    with pytest.raises(Unwritten, match="no text for delegate"):
        Renderer(bundle()).text(delegate, ("act",))
    with pytest.raises(Unwritten, match='no wording of "act" for delegate'):
        Renderer(bundle(templates={"delegate.j2": WORDS})).text(delegate, ("act",))


def test_a_letter_begins_with_its_subject() -> None:
    with pytest.raises(RenderFailed, match="must begin with"):
        Renderer(bundle(templates={"senator.j2": "Hello"})).text(senator(), ("act",))


def test_templates_with_faults_make_no_renderer() -> None:
    with pytest.raises(ValueError, match=r"senator.j2: unknown name"):
        Renderer(bundle(templates={"senator.j2": "{{ x }}"}))


def test_an_unknown_demand_is_refused() -> None:
    with pytest.raises(KeyError):
        Renderer(bundle()).text(senator(), ("other",))


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("\n One\n two.\n\n\n\nThree. ", "One two.\n\nThree."),
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One.  Two.\tThree.", "One. Two. Three."),
        ("Ask:\n- one\n  more\n- two\n\nEnd.", "Ask:\n- one more\n- two\n\nEnd."),
        ("1. one\n2. two", "1. one\n2. two"),
        ("In\n2023 it was.", "In 2023 it was."),
        ("One.\n \t\nTwo.", "One.\n\nTwo."),
        ("S.\u00a03000", "S. 3000"),
        ("One\ntwo.\n\nThree.", "One two.\n\nThree."),
    ],
)
def test_paragraphs_are_put_in_order(text: str, tidy: str) -> None:
    assert paragraphs(text) == tidy
    assert paragraphs(tidy) == tidy
