"""Bundles and letter texts in the database: written once, by digest, and never changed."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.letters.render import LetterText

ADD_BUNDLE = text("""
    INSERT INTO bundles (digest, campaign, content, since)
    VALUES (:digest, :campaign, CAST(:content AS jsonb), now()) ON CONFLICT DO NOTHING
""")

ADD_TEXTS = text("""
    INSERT INTO letter_texts
        (digest, seat, target_id, name, salutation, subject, statement, close, cites)
    SELECT digest, seat, target_id, name, salutation, subject, statement, close, cites::jsonb
    FROM unnest(CAST(:digest AS text[]), CAST(:seat AS text[]), CAST(:target_id AS text[]),
                CAST(:name AS text[]), CAST(:salutation AS text[]), CAST(:subject AS text[]),
                CAST(:statement AS text[]), CAST(:close AS text[]), CAST(:cites AS text[]))
         AS t(digest, seat, target_id, name, salutation, subject, statement, close, cites)
    ORDER BY digest ON CONFLICT DO NOTHING
""")

# A bundle is hundreds of kilobytes, and at most starts it is kept already.
FIND_BUNDLE = text("SELECT EXISTS (SELECT FROM bundles WHERE digest = :digest)")

LOAD_TEXTS = text("""
    SELECT digest, seat, target_id, name, salutation, subject, statement, close, cites
    FROM letter_texts WHERE digest = ANY(:digests)
""")

# One string costs a twentieth of an array of thousands to send, and few or none come back.
FIND_MISSING = text("""
    SELECT digest FROM unnest(string_to_array(:digests, ' ')) AS wanted(digest)
    WHERE NOT EXISTS (SELECT FROM letter_texts AS kept WHERE kept.digest = wanted.digest)
""")

PLAIN = ("seat", "target_id", "name", "salutation", "subject", "statement", "close", "digest")


class TextStore:
    """Stores bundles and texts, and caches which are stored, so that the accept path rarely asks.

    A row's key is the digest of its content, so every writer writes the same: it commits by itself.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: dict[str, LetterText] = {}

    async def publish(
        self, bundle: str, campaign: str, content: object, texts: Iterable[LetterText]
    ) -> None:
        """Keep a bundle's content (a JSON-able value) under its digest, with its texts."""
        letters = {letter.digest: letter for letter in texts}
        async with transaction(self._engine) as session:
            if not await session.scalar(FIND_BUNDLE, {"digest": bundle}):
                document = orjson.dumps(content).decode()
                values = {"digest": bundle, "campaign": campaign, "content": document}
                await session.execute(ADD_BUNDLE, values)
            # At most starts nothing has changed, and to ask costs less than to send all texts.
            missing = set(await session.scalars(FIND_MISSING, {"digests": " ".join(letters)}))
        kept = {digest: letter for digest, letter in letters.items() if digest not in missing}
        self._kept.update(kept)
        await self.keep(letters.values())

    async def keep(self, texts: Iterable[LetterText]) -> None:
        """Make sure that letter texts are in the database before something refers to them."""
        new = [letter for letter in texts if letter.digest not in self._kept]
        if not new:
            return
        async with transaction(self._engine) as session:
            await session.execute(ADD_TEXTS, _columns(new))
        self._kept.update((letter.digest, letter) for letter in new)

    async def find(self, digests: Iterable[str]) -> dict[str, LetterText]:
        """Letter texts by digest; an unknown digest is missing from the answer."""
        wanted = set(digests)
        # Not `wanted - self._kept.keys()`, which would look at every text that is kept.
        missing = [digest for digest in wanted if digest not in self._kept]
        if missing:
            async with transaction(self._engine) as session:
                rows = await session.execute(LOAD_TEXTS, {"digests": missing})
                self._kept.update((row.digest, _letter_text(row)) for row in rows)
        return {digest: self._kept[digest] for digest in wanted if digest in self._kept}


def _columns(texts: list[LetterText]) -> dict[str, list[str | None]]:
    columns: dict[str, list[str | None]] = {
        name: [getattr(letter, name) for letter in texts] for name in PLAIN
    }
    columns["cites"] = [orjson.dumps(letter.cites).decode() for letter in texts]
    return columns


def _letter_text(row: Any) -> LetterText:
    return LetterText(**{name: getattr(row, name) for name in PLAIN}, cites=tuple(row.cites))
