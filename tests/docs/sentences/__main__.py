"""``python -m tests.docs.sentences``: write docs/sentences.md."""

from tests.docs.sentences.page import FILE, page

FILE.write_text(page(), "utf-8")
