from typing import Any

import pytest

from api.letters.sandbox import Folder, RenderFailed, listing

OFFICIALS = [{"id": "a", "name": "Wanda Reed", "title": "Warden", "as_of": "2023"}]


def render(source: str, **more: Any) -> str:
    values: dict[str, Any] = {
        "place": "Troy",
        "ask": "I ask you to act.",
        "target": {"name": "Ada Quill", "last_name": "Quill"},
        "demands": [{"id": "a", "title": "Act", "ask": "I ask.", "officials": OFFICIALS}],
        "officials": OFFICIALS,
        "record": None,
        "facts": {"a": "A fact."},
    }
    parts = {"part.j2": "From {{ place }}.\n", "outer.j2": "{% include 'part.j2' %}"}
    folder = Folder({"letter.j2": source, **parts}, {"a"})
    compiled = folder.compile_all()
    assert folder.faults == []
    return compiled["letter.j2"].render({**values, **more})


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ place }}", "Troy"),
        ("{{ target.last_name }}", "Quill"),
        ("{{ target['last_name'] }}", "Quill"),
        ("{{ facts['a'] }}", "A fact."),
        ("{{ ask|lower_first }}", "i ask you to act."),
        ("{{ place if officials else 'x' }}", "Troy"),
        ("{{ officials|names }}", "Wanda Reed"),
        ("{{ demands[0].officials[0].title }}", "Warden"),
        ("{{ (demands|first).title }}", "Act"),
        ("{% for d in demands %}{{ loop.index }} {{ d.title }}{% endfor %}", "1 Act"),
        ("{% for d in demands if d.id != 'a' %}x{% endfor %}", ""),
        ("{% for d in demands[1:] %}x{% endfor %}", ""),
        ("{% if place in ('Troy', 'Rome') and not record %}x{% endif %}", "x"),
        ("{% if target.district is defined %}x{% else %}y{% endif %}", "y"),
        ("{% if record is none %}x{% elif place %}y{% endif %}", "x"),
        ("{{ 'a' ~ place ~ 1 }}", "aTroy1"),
        ("{{ demands|length }}", "1"),
        ("{% include 'part.j2' %}", "From Troy.\n"),
        ("{% for d in demands %}{% include 'outer.j2' %}{% endfor %}", "From Troy.\n"),
        ("{# nothing #}x", "x"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_what_letters_need_is_there(source: str, text: str) -> None:
    assert render(source) == text


def test_a_line_of_tags_alone_leaves_no_line() -> None:
    alone = "One.\n{% if place %}\nTwo.\n{% endif %}{# note #}\nThree.\n\n"
    within = "Four{% if place %}!{% endif %}\n\nFive.\n"
    assert render(alone + within) == "One.\nTwo.\nThree.\n\nFour!\n\nFive.\n"


def test_an_included_line_keeps_its_end() -> None:
    assert render("{% include 'part.j2' %}\n\nNext.") == "From Troy.\n\nNext."


def test_a_value_that_is_missing_fails_with_its_line() -> None:
    with pytest.raises(RenderFailed) as failed:
        render("a\nb\n{{ target.district }}")
    assert (failed.value.line, failed.value.message) == (
        3,
        '"district" is not known for this reader',
    )


def test_a_fault_in_an_included_file_shows_at_its_include() -> None:
    folder = Folder({"a.j2": "x\n{% include 'b.j2' %}", "b.j2": "\n\n\n{{ target.name }}"}, set())
    with pytest.raises(RenderFailed) as failed:
        folder.compile_all()["a.j2"].render({"target": {}})
    assert failed.value.line == 2


def test_a_text_without_end_is_cut_off() -> None:
    with pytest.raises(RenderFailed, match="longer than 40,000"):
        render("{% for d in demands %}{{ place }}{% endfor %}", place="x" * 50_000)


def test_a_missing_record_fails_where_its_field_is_printed() -> None:
    with pytest.raises(RenderFailed):
        render("{{ record.title }}")


def test_facts_and_includes_are_known_without_rendering() -> None:
    sources = {"a.j2": "{% include 'b.j2' %}{% if record %}{{ facts['x'] }}{% endif %}"}
    folder = Folder({**sources, "b.j2": "{{ facts['y'] }}"}, {"x", "y"})
    compiled = folder.compile_all()["a.j2"]
    assert set(compiled.facts) == {"x", "y"}
    assert compiled.includes == ("b.j2",)


def test_names_are_listed_as_in_a_sentence() -> None:
    words = ["A", "B", "C"]
    assert [listing(words[:n]) for n in range(4)] == ["", "A", "A and B", "A, B, and C"]
