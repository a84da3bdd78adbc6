"""docs/sentences.md, from what the product says."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from api.deliveries.routing import SentBy
from api.pages.state_reasons import BY_REASON, OF_CHANNELS
from api.pages.states import IN_A_TEST, RUNNING, STATES, WITHOUT_WORDS, State
from api.pages.ways import WAYS
from api.settings import ROOT
from tests.docs.sentences import code, templates
from tests.docs.sentences.rows import Row

FILE: Final = ROOT / "docs" / "sentences.md"
API: Final = ROOT / "api"
# What answers people's requests. The rest speaks to organizers' files, or to nobody.
ANSWERS: Final = {
    *("confirmation", "deliveries", "edge", "errors", "gate", "limiting", "limits", "organizers"),
    *("partners", "privacy", "public", "sign_ons", "submissions", "supporters"),
}
ON_PAGES: Final = {"pages", "widget"}
# Under "Letters", with their states.
LISTED: Final = {"states", "state_reasons", "ways"}
# Words that are looked for, and said to nobody.
LOOKED_FOR: Final = {"held", "well_known"}
HEAD: Final = """# What people are told

Every sentence that tells a person what happened or will happen: where it is said, in which state
(the condition in the code's own words), and the sentence. `make sentences` writes this page from
templates and code, and a test compares it; so a changed sentence shows here, and whoever changes
one reads it beside its siblings. Two sentences with a stroke between them are singular and plural.

None may claim more than is known where it is said: of a letter, "sent" says that a mail server took
it, "accepted" that the House or Senate system did, and nothing says that it was received or read.
Of a person, "counted" is said of nobody in particular, since somebody may be in doubt and is not
told so. Of a mail that anybody can ask for, one conditional sentence is said in every state.
"""


def page() -> str:
    parts = (
        ("Letters", [*_letters()]),
        ("Pages", [*templates.rows(ROOT / "templates" / "pages"), *_of(ON_PAGES)]),
        ("The form on other sites", templates.rows(ROOT / "templates" / "widget")),
        ("Mails", [*mails(".txt"), *_of({"mail"})]),
        ("API", _of(ANSWERS)),
        ("Command line", _of({"cli"})),
    )
    return HEAD + "".join(_part(title, rows) for title, rows in parts)


def all_of_pages() -> Iterator[str]:
    """Every sentence of pages, the form on other sites and mails, whatever it tells."""
    for name in ("pages", "widget", "mail"):
        yield from (row.sentence for row in templates.rows(ROOT / "templates" / name))
    yield from (row.sentence for row in _of({*ON_PAGES, "mail"}))
    yield from (row.sentence for row in _letters())


def mails(kind: str) -> list[Row]:
    """The sentences of mails as ``.txt`` or ``.html``."""
    found = templates.rows(ROOT / "templates" / "mail")
    return [row for row in found if row.where.endswith(kind)]


def _letters() -> Iterator[Row]:
    """The states of a letter, which pages say in words and the API by status and reason."""
    for (sender, reason), sentence in WAYS.items():
        by = "by" if sender is SentBy.US else "reason"
        yield Row("Before it is confirmed", f"sent_by {sender}, {by} {reason}", sentence)
    for status, state in STATES.items():
        yield Row("Afterwards", f"status {status}", _words(state))
    when = f"status {' or '.join(RUNNING)}, in a test, with any reason"
    yield Row("Afterwards", when, _words(IN_A_TEST))
    for state, group in groupby(BY_REASON.items(), lambda item: item[1]):
        keys = [key for key, _ in group]
        when = f"status {keys[0][0]}, reason {', '.join(reason for _, reason in keys)}"
        yield Row("Afterwards, with a reason", when, _words(state))
    for name, own in OF_CHANNELS.items():
        for (status, reason), state in own.items():
            if BY_REASON.get((status, reason)) != state:
                when = f"channel {name}, status {status}" + (reason and f", reason {reason}")
                yield Row("Afterwards, by its channel", when, _words(state))
    for status, state in WITHOUT_WORDS.items():
        yield Row("Once its words are deleted", f"status {status}", _words(state))


def _words(state: State) -> str:
    return f"**{state['label']}** {state['sentence']}"


def _of(names: set[str]) -> Iterator[Row]:
    files = [
        path
        for path in API.rglob("*.py")
        if _top(path) in names and path.stem not in LISTED | LOOKED_FOR
    ]
    # Channels say what is listed under "Letters".
    channels = [path for path in files if "channels" in path.parts]
    listed = code.marked(channels)
    return (row for row in code.rows(files, API) if row.sentence not in listed)


def _top(path: Path) -> str:
    return path.relative_to(API).parts[0].removesuffix(".py")


def _part(title: str, rows: Iterable[Row]) -> str:
    told = [row for row in dict.fromkeys(rows) if row.tells or row.where.startswith("cli/")]
    tables = (_table(where, list(of)) for where, of in groupby(told, lambda row: row.where))
    return f"\n## {title}\n" + "".join(tables)


def _table(where: str, rows: list[Row]) -> str:
    lines = "".join(f"| {_cell(row.when)} | {_cell(row.sentence)} |\n" for row in rows)
    return f"\n### {where}\n\n| state | sentence |\n| --- | --- |\n{lines}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
