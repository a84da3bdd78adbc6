"""How commands report errors: one sentence, and never a traceback.

A traceback does not help people who run a command, and the message of its exception may quote
what a supporter typed.
"""

import os
import sys

import psycopg
from pydantic import ValidationError

from api.database.failures import inside, sentence
from api.errors import DomainError

INTERRUPTED = 130


def tell(error: BaseException) -> int:
    """Print what an exception means for the user of the command; returns the exit code."""
    if _is_a(error, "KeyboardInterrupt"):
        return INTERRUPTED
    for line in sentences(error):
        print(f"undersigned: {line}", file=sys.stderr)  # noqa: T201 (what a command prints)
    return 1


def sentences(error: BaseException) -> list[str]:
    """What an exception means, a sentence for each thing to do; the first known one inside it."""
    for each in inside(error):
        known = _known(each)
        if known:
            return known
    return [_unforeseen(error)]


def _known(error: BaseException) -> list[str]:
    known: list[str] = []
    match error:
        case DomainError():
            known = [error.detail]
        case psycopg.Error():
            known = [sentence(error)]
        case ValidationError():
            known = wrong_settings(error)
        case OSError():
            known = [_file_sentence(error)]
        case _ if _is_a(error, "SettingsError"):
            known = [_unreadable_setting(error)]
        case _ if _is_a(error, "YAMLError"):
            known = [f"The YAML cannot be read: {' '.join(str(error).split())}"]
    return known


def _is_a(error: BaseException, name: str) -> bool:
    """Whether it is of the class with this name, without importing its library."""
    return any(kind.__name__ == name for kind in type(error).__mro__)


def _file_sentence(error: OSError) -> str:
    where = f": {os.fsdecode(error.filename)}" if error.filename else ""
    return f"{error.strerror or type(error).__name__}{where}"


def _unreadable_setting(error: BaseException) -> str:
    """The library names the field; its value is not shown."""
    words = str(error).split('"')
    field = words[1] if len(words) > 1 else "a setting"
    return f'the setting {field} is refused: lists are written as JSON, such as ["10.0.0.1"]'


def _unforeseen(error: BaseException) -> str:
    """A bug of ours. The places are shown, but not the message, which may quote typed text."""
    from api.logs import places

    last = next(iter(places(error, 1)), "")
    where = f" at {os.path.relpath(last)}" if last else ""
    return f"This is a fault of the program ({type(error).__name__}{where}): please report it."


def wrong_settings(error: ValidationError) -> list[str]:
    """Return a sentence for each setting that is refused; never its value, which may be secret."""
    group = error.title.removesuffix("Settings").lower()
    prefix = f"cwc_{group}_" if group else ""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        f"the setting {prefix}{_place(problem['loc'])} is refused: {_sentence(problem['msg'])}"
        for problem in problems
    ]


def _sentence(message: str) -> str:
    """The message of our own checks, without the library's prefix."""
    return message.removeprefix("Value error, ")


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "key"
