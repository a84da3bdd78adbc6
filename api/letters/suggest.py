"""Suggestions for mistyped names: what somebody probably meant."""

from collections.abc import Collection
from difflib import get_close_matches


def suggestion(word: str, known: Collection[str]) -> str:
    """``, did you mean "…"?`` for a close match, ignoring case; else an empty string."""
    folded = {name.casefold(): name for name in sorted(known)}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return f', did you mean "{folded[near[0]]}"?' if near else ""
