"""US phone numbers in the one form that the congressional systems take."""

import re

from api.security.text import TextRefused, clean_line

NUMBER = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d{2})\)?[ .-]?(\d{3})[ .-]?(\d{4})")


def clean_phone(value: str) -> str:
    """``(818) 555-0123`` and the like as ``818-555-0123`` (CWC 2.0, Phone).

    Raises TextRefused (``phone_malformed``); a number is never completed or guessed.
    """
    match = NUMBER.fullmatch(clean_line(value, 30))
    if match is None:
        raise TextRefused("phone_malformed", "Write the ten digits of a US phone number.")
    return "-".join(match.groups())
