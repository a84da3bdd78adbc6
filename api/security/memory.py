"""Keeps a process's memory private: typed words, keys and passwords."""

import ctypes
import resource
import sys

PR_SET_DUMPABLE = 4


def keep_to_itself() -> None:
    """Write no core dumps, and on Linux let no other process of this user read this one's memory
    or environment. Child processes inherit the first, and have to call this for the second."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
