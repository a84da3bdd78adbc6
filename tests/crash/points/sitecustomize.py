"""Named points at which a process dies: the crash harness's own, nothing of it is in the product.

Python imports this at its start, because the folder is on the children's PYTHONPATH. The
harness arms a point by writing ``<point> <pid>`` into the file that ``CRASH_FILE`` names;
whoever passes it first removes the file and kills that process (0: itself) with SIGKILL.
"""

import functools
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

# Point: where the function is looked up, and whether to die before or after it.
POINTS = {
    "form-taken": ("api.submissions.intake:Intake.put", "before"),
    "form-before-its-statement": ("api.submissions.intake:Intake._store_batch", "before"),
    "form-committed-unanswered": ("api.submissions.intake:Intake._store_batch", "after"),
    "confirmation-read": ("api.confirmation.service:store_letters", "before"),
    "confirmation-written-uncommitted": ("api.confirmation.service:store_letters", "after"),
    "confirmation-committed-unanswered": ("starlette.responses:JSONResponse.__call__", "before"),
    "mail-claimed": ("api.confirmation.mails:Mailer._handle", "before"),
    "mail-composed-uncommitted": ("api.confirmation.mails:Mailer._prepare", "after"),
    "mail-about-to-go": ("api.mail.smtp:Smtp.send", "before"),
    "mail-taken-unanswered": ("api.mail.smtp:Smtp.send", "after"),
    "mail-gone-unrecorded": ("api.confirmation.mails:record", "before"),
    "mail-recorded-uncommitted": ("api.confirmation.mails:record", "after"),
    "file-renamed-unsynced": ("api.security.private_files:sync_folder", "before"),
    "deliveries-claimed-uncommitted": ("api.deliveries.schedule:claim_due", "after"),
    "deliveries-claimed": ("api.deliveries.sending:load", "before"),
    "moments-taken-uncommitted": ("api.deliveries.pace:take", "after"),
    "message-about-to-go": ("api.deliveries.channels.cwc.client:CwcClient.post", "before"),
    "message-gone": ("api.deliveries.channels.cwc.client:CwcClient.post", "after"),
    "letter-mail-about-to-go": ("api.deliveries.channels.email:EmailChannel._send", "before"),
    "letter-mail-gone": ("api.deliveries.channels.email:EmailChannel._send", "after"),
    "letters-gone-unrecorded": ("api.deliveries.recording:write", "before"),
    "letters-recorded-uncommitted": ("api.deliveries.recording:write", "after"),
    "counts-folded-uncommitted": ("api.counts.ledger:fold", "after"),
}


def passed(point: str) -> None:
    """Die, or kill the chosen process, if this point is armed."""
    armed = Path(os.environ["CRASH_FILE"])
    with suppress(FileNotFoundError):
        name, pid = armed.read_text().split()
        if name == point:
            armed.unlink()
            with suppress(ProcessLookupError):
                os.kill(int(pid) or os.getpid(), signal.SIGKILL)


def at_point(point: str, function: Callable[..., Any], when: str) -> Callable[..., Any]:
    """The same function, with the point before or after it."""

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            passed(point)
        result = function(*args, **kwargs)
        if when == "before":
            return result
        return after(result)

    async def after(result: Any) -> Any:
        value = await result
        passed(point)
        return value

    return plain


def found(place: str) -> tuple[Any, str]:
    """The object that holds the function of a point, and the function's name in it."""
    module, _, names = place.partition(":")
    *owners, name = names.split(".")
    return functools.reduce(getattr, owners, importlib.import_module(module)), name


def install() -> None:
    for point, (place, when) in POINTS.items():
        holder, name = found(place)
        setattr(holder, name, at_point(point, getattr(holder, name), when))


if "api.cli.child" in sys.orig_argv and "CRASH_FILE" in os.environ:
    try:
        install()
    except (AttributeError, ImportError):
        # Python would only warn, and the process would not die where it was planned.
        traceback.print_exc()
        os._exit(1)
