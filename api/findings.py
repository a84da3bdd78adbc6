"""What ``undersigned doctor`` found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``advice`` is what to do when it is not well."""

    name: str
    well: bool
    seen: str
    advice: tuple[str, ...] = ()
