"""Bundles and letter texts in the database: written once, by digest, and never changed."""

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, func, select

from api.database.session import transaction
from api.letters.models import Bundle, StoredText
from api.letters.render import LetterText

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

    async def publish(self, bundles: Sequence[Bundle], texts: Iterable[LetterText]) -> None:
        """Keep the content of bundles under their digests, with the texts of their letters."""
        letters = {letter.digest: letter for letter in texts}
        digests = [bundle.digest for bundle in bundles]
        async with transaction(self._engine) as session:
            # A bundle is hundreds of kilobytes, and at most starts it is kept already.
            known = select(Bundle.digest).where(col(Bundle.digest).in_(digests))
            kept_bundles = set(await session.exec(known))
            for bundle in bundles:
                if bundle.digest not in kept_bundles:
                    row = {**bundle.model_dump(exclude={"since"}), "since": func.now()}
                    await session.exec(insert(Bundle).values(**row).on_conflict_do_nothing())
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
                found = select(StoredText).where(col(StoredText.digest).in_(missing))
                rows = await session.exec(found)
                self._kept.update((row.digest, _letter_text(row)) for row in rows)
        return {digest: self._kept[digest] for digest in wanted if digest in self._kept}


def _columns(texts: list[LetterText]) -> dict[str, list[str | None]]:
    columns: dict[str, list[str | None]] = {
        name: [getattr(letter, name) for letter in texts] for name in PLAIN
    }
    columns["cites"] = [orjson.dumps(letter.cites).decode() for letter in texts]
    return columns


def _letter_text(row: StoredText) -> LetterText:
    return LetterText(**{name: getattr(row, name) for name in PLAIN}, cites=tuple(row.cites))
