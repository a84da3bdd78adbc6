"""Checks of the proxies in front, for ``undersigned doctor`` and the start of ``serve``."""

from datetime import datetime

from api.findings import Finding
from api.security.clients import Trouble, is_within
from api.security.proxies import SETTING, Noted, noted
from api.settings import Settings

SEEN = {
    Trouble.UNTRUSTED: "{} passes on other people's requests and is not trusted",
    Trouble.MALFORMED: "{} is trusted, and wrote no address of its visitor",
    Trouble.MISSING: "{} is trusted, and sent no X-Forwarded-For",
}
SHARED = "Until then its visitors cannot be told apart, and share one limit on requests."
WRITE_IT = "Have it write its visitor's address into X-Forwarded-For: see deploy/ for examples."
NAME_IT = (
    f'Name your proxy as {SETTING}, such as ["127.0.0.1"], and start again.',
    "Until then its visitors may count as one, and the later ones of a day become suspects.",
)


def proxies(settings: Settings, now: datetime) -> Finding:
    """Whether visitors can be told apart: by what is set, and by what was seen within a day."""
    notes = [note for note in noted(settings.state_dir, now) if _still_holds(note, settings)]
    if notes:
        seen = "; ".join(f"{SEEN[note.why].format(note.proxy)} ({_when(note)})" for note in notes)
        return Finding("proxies", well=False, seen=seen, advice=_advice(notes))
    named = ", ".join(str(network) for network in settings.trusted_proxies)
    if not named and settings.public_url.startswith("https:"):
        seen = "none is named, and the public URL's https can only come from one"
        return Finding("proxies", well=False, seen=seen, advice=NAME_IT)
    return Finding("proxies", well=True, seen=named or "none is named, and none was seen")


def _still_holds(note: Noted, settings: Settings) -> bool:
    """Whether a proxy is named may have changed since it was noted."""
    named = is_within(note.address, settings.trusted_proxies)
    return named is (note.why is not Trouble.UNTRUSTED)


def _when(note: Noted) -> str:
    return f"noted {note.seen:%Y-%m-%d %H:%M} UTC"


def _advice(notes: list[Noted]) -> tuple[str, ...]:
    unnamed = sorted({note.proxy for note in notes if note.why is Trouble.UNTRUSTED})
    listed = ", ".join(f'"{proxy}"' for proxy in unnamed)
    name = (f"If it is yours, add it to {SETTING}, such as [{listed}], and start again.",)
    written = (WRITE_IT,) if len(unnamed) < len({note.proxy for note in notes}) else ()
    return (*(name if unnamed else ()), *written, SHARED)
