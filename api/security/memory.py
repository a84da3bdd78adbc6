"""What a process holds in memory stays there: typed words, keys and passwords."""

import ctypes
import resource
import sys

PR_SET_DUMPABLE = 4


def keep_to_itself() -> None:
    """Write no core dump, and on Linux let no other process of this user read this one's memory
    or environment. What it starts inherits the first and does the second by itself."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
