"""Errors of the machine under a command, in words: a full disk, a directory that is closed, no memory."""

import errno
import os

_SAID = {
    errno.ENOSPC: "there is no space left on that disk. Make room, or choose another directory",
    errno.EDQUOT: "this user may write no more to that disk. Make room, or choose another directory",
    errno.EROFS: "that disk is read-only. Choose a directory that can be written",
    errno.EACCES: "this user may not. Change its owner or rights, or run as who owns it",
    errno.EPERM: "this user may not. Change its owner or rights, or run as who owns it",
    errno.ENAMETOOLONG: "the path is too long. Choose a shorter directory",
    errno.ENOTDIR: "a part of that path is a file. Choose another directory",
    errno.EMFILE: "this process has as many files open as it may. Raise the limit: ulimit -n 4096",
    errno.ENFILE: "this machine has as many files open as it may. End what opens them",
    errno.ENOMEM: "this machine has no memory left. End something that needs it",
}


def explanation(error: OSError) -> str:
    """One paragraph with the file and what to do; empty for an error that is no condition of the machine."""
    said = _SAID.get(error.errno or 0)
    if said is None:
        return ""
    return f"{os.fspath(error.filename) if isinstance(error.filename, str | os.PathLike) else 'A file'}: {said}."
