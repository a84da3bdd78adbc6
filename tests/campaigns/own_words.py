"""Runs of words that the source documents have: facts carry over, their sentences do not.

``fixtures/source-runs.txt`` holds a digest of each run of twelve words, and so no sentence. After
a document is added to the dossier, ``python -m tests.campaigns.own_words FILE… > fixtures/…``
writes it again from the texts of all of them.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LENGTH = 12
RUNS = Path(__file__).parent / "fixtures" / "source-runs.txt"
WORD = re.compile(r"[a-z0-9]+")


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Each run of twelve words in ``text`` as (digest, words), whatever parts the words."""
    words = WORD.findall(text.lower())
    for start in range(len(words) - LENGTH + 1):
        run = " ".join(words[start : start + LENGTH])
        yield hashlib.sha256(run.encode()).hexdigest()[:12], run


def copied(text: str, known: frozenset[str]) -> list[str]:
    """The runs of ``text`` that a source document has, too."""
    return [run for digest, run in runs(text) if digest in known]


def known_runs() -> frozenset[str]:
    return frozenset(RUNS.read_text().split())


if __name__ == "__main__":
    texts = [Path(name).read_text() for name in sys.argv[1:]]
    found = sorted({digest for text in texts for digest, _ in runs(text)})
    sys.stdout.writelines(f"{digest}\n" for digest in found)
