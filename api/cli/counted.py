"""Numbers with their nouns, for what commands say (in English only)."""


def counted(number: int, one: str, many: str) -> str:
    """``1 letter matches``, ``0 letters match``, ``1,200 letters match``."""
    return f"{number:,} {one if number == 1 else many}"
