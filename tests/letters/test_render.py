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


def test_the_text_that_fits_best_wins() -> None:
    templates = {"senator.j2": WORDS, "record-led-x.j2": "Subject: Thanks\n\n{{ record.date }}"}
    renderer = Renderer(bundle(templates=templates))
    assert renderer.text(senator(bioguide="G900006"), ("act",)).statement == "April 2023"
    assert renderer.text(senator(), ("act",)).subject == "Act, senator."


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
    ],
)
def test_paragraphs_are_put_in_order(text: str, tidy: str) -> None:
    assert paragraphs(text) == tidy
    assert paragraphs(tidy) == tidy
