import tracemalloc
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from api.campaigns import dossier, schema
from api.campaigns.fields import Strict, _Text, plain
from api.campaigns.yaml_source import (
    MAX_BYTES,
    READ,
    Unreadable,
    parse_document,
    read_document,
    where,
)
from api.i18n import LANGUAGES
from tests.times import Stopwatch, quick

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "billion laughs": LAUGHS,
    "alias to itself": "a: &a [*a]",
    "merge of an alias": "a: &a {b: c}\nd:\n  <<: *a",
    "python object": "a: !!python/object/apply:os.system ['touch /tmp/never']",
    "python name": "a: !!python/name:os.system",
    "python module": "a: !!python/module:os",
    "python new": "a: !!python/object/new:subprocess.Popen [[ls]]",
    "own tag": "a: !x b",
    "binary": "a: !!binary aGk=",
    "set": "a: !!set {b}",
    "tag on a key": "!!str a: b",
    "tag directive": "%TAG ! tag:example.org,2000:\n---\na: !b c",
    "huge": "a: " + "x" * MAX_BYTES,
    "huge comment": "#" * (MAX_BYTES + 1),
    "deep lists": "a: " + "[" * 100_000,
    "deep mappings": "a: " + "{b: " * 50_000,
    "deep blocks": "\n".join(" " * i + "a:" for i in range(500)),
    "deep sequences": "a:\n" + "- " * 50_000,
    "deep keys": "? " * 50_000,
    "open quotes": "a: '" + "b\n" * 100_000,
    "many anchors": "\n".join(f"a{i}: &a{i} b" for i in range(10_000)),
    "nul": "a: \0",
    "not text": "a: \x1b[31m",
    "two documents": "a: b\n---\na: c",
    "a list": "- a",
    "a word": "a",
    "nothing": "",
    "null": "null",
    "list as key": "[a]: b",
    "mapping as key": "{a: b}: c",
    "number as key": "1: a",
    "truth as key": "true: a",
    "null as key": "~: a",
    "key twice": "a: 1\nb: 2\na: 3",
    "key twice, quoted": "a: 1\n'a': 3",
    "many values": "a: [" + "b, " * 30_000 + "]",
    "many keys": "\n".join(f"a{i}: b" for i in range(10_000)),
    "a cut text": "a: Act now #ReleaseThem",
    "a cut text in a list": "a:\n- one\n- Act now #ReleaseThem",
    "a text that is all cut": "a: #ReleaseThem",
    "a cut text of two lines": "a:\n  one\n  two #three",
    "a cut text with a number": "a: We are # 1",
    "a cut text after a tab": "a: Act now\t#ReleaseThem",
    "a cut text in a flow": "a: {b: Act now #ReleaseThem\n  }",
    "a cut text after quotes": "a: 'Act now' #ReleaseThem",
    "a cut text in a block's head": "a: >- #ReleaseThem\n  now",
    "a line that is all cut": "a:\n  Act now\n  #ReleaseThem",
    "a line that is all cut, below its key": "a: Act now\n  #ReleaseThem\nb: c",
    "a line that is all cut, in a list": "a:\n- Act now\n  #ReleaseThem",
    "version": "%YAML 9.9\n---\na: b",
}

# As YAML 1.1 reads them: false, true, 45000 seconds, an octal number, a date, 31, 1000.
WORDS = ["no", "on", "12:30", "01234", "2026-01-01", "0x1f", "1_000", "1e3", "00"]


@pytest.mark.parametrize("word", WORDS)
def test_only_plain_numbers_and_booleans_are_not_strings(word: str) -> None:
    assert parse_document(f"a: {word}".encode(), "x.yaml").data == {"a": word}


@pytest.mark.parametrize(
    "text",
    ["\ufeffa: b", "a: b\r\n", "a:\tb", "a: b # a comment", "a: b  #", "a: b\n  # c", "a: b\n#c"],
)
def test_marks_line_ends_and_comments_do_no_harm(text: str) -> None:
    assert parse_document(text.encode(), "x.yaml").data == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *(("title: Act now # X", (1, 15)), ("ask: Peace #", (1, 11)), ("a: Act now ## X", (1, 11))),
        *(("a:\n  - Act now # X\n  - b", (2, 12)), ("a:\n  b:\n    en: Act # now", (3, 12))),
        *(("a: [Act now # X\n ]", (1, 12)), ("a: {b: Act # X\n }", (1, 11))),
        *(("a: > # X\n  text", (1, 4)), ("a: |- # X\n  text", (1, 4))),
        *(("a: Act\n  now # X\nb: 1", (2, 6)), ("? Act # X\n: b", (1, 6))),
        *(("title: peace # X", (1, 13)), ("a:\n  text:\n    es: paz # X", (3, 12))),
        *(("a: Act now\t# X", (1, 11)), ("a: Act now # X\r\nb: 1", (1, 11))),
    ],
)
def test_a_bare_text_that_a_comment_may_cut_is_told_with_its_place(
    text: str, at: tuple[int, int]
) -> None:
    with pytest.raises(Unreadable, match="cut short") as refused:
        parse_document(text.encode(), "x.yaml")
    assert (refused.value.problem.line, refused.value.problem.column) == at


@pytest.mark.parametrize(
    "text",
    ["a: lake # why", "a: 5 # why", "a: 2026-01-01 # why", "a: 'Act now' # why", "a: # X\n b: c"],
)
def test_comments_behind_what_is_no_bare_text_are_comments(text: str) -> None:
    assert "why" not in str(parse_document(text.encode(), "x.yaml").data)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_yaml_is_refused_quickly(text: str) -> None:
    tracemalloc.start()
    watch = Stopwatch()
    with pytest.raises(Unreadable) as refused:
        parse_document(text.encode(), "x.yaml")
    took = watch.processor
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(refused.value).startswith("x.yaml:")
    assert quick(took, 1)
    assert peak < 50_000_000


def test_what_is_not_utf_8_is_refused_with_its_place() -> None:
    with pytest.raises(Unreadable, match=r"x.yaml:2:4: is not UTF-8 text"):
        parse_document(b"a: b\nc: \xff", "x.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        read_document(tmp_path / "none.yaml", "none.yaml")


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(Unreadable, match="256 KiB"):
        read_document(path, "large.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("'12'", "12"),
        ("2025-08-15", "2025-08-15"),
        ("1:30", "1:30"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("9" * 30, "9" * 30),
        ("e\u0301", "\u00e9"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    data = parse_document(f"a: {text}".encode(), "x").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_places_are_known_for_keys_and_values() -> None:
    document = parse_document("a: 1\nb:\n  - x\n  - {c: d}\nħ: {i: j}\n".encode(), "x")
    assert document.position(("a",)) == (1, 4)
    assert document.position(("b",), key=True) == (2, 1)
    assert document.position(("b", 1, "c")) == (4, 9)
    assert document.position(("b", 1, "c"), key=True) == (4, 6)
    assert document.position(("ħ", "i")) == (5, 8)
    assert document.position(("b", 7, "x")) == (3, 3)


def test_a_place_is_called_by_its_path() -> None:
    assert where(("form", "story", "max")) == "form.story.max"
    assert where(("demands", 0)) == "demands"
    assert where(("facts", 1, "claim")) == "facts[2].claim"


def is_read(kind: Any) -> bool:
    """Whether a field of this type holds a text that people read."""
    if isinstance(kind, type) and issubclass(kind, _Text):
        return True
    rules = getattr(kind, "__metadata__", ())
    return any(getattr(rule, "func", None) is plain for rule in rules) or any(
        map(is_read, get_args(kind))
    )


def test_each_field_with_a_text_is_known_as_one() -> None:
    """A new field of a schema is one whose text a comment must not cut."""
    models = [
        model
        for module in (schema, dossier)
        for model in vars(module).values()
        if isinstance(model, type)
        and issubclass(model, Strict)
        and model.__module__ == module.__name__
    ]
    texts = {
        name
        for model in models
        for name, kind in get_type_hints(model, include_extras=True).items()
        if is_read(kind)
    }
    # Of a campaign and of an official these are words for programs, elsewhere texts.
    assert texts - READ == {"status", "kind"}
    assert READ - texts == set(LANGUAGES)
