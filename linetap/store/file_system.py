"""Where a file may be: on a disk of this machine, readable by its owner alone."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from linetap.errors import BadArgument, Problem

_NETWORK = re.compile(
    "afs|beegfs|ceph|cifs|davfs|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|smb3|smbfs"
    r"|fuse\.(ceph|davfs2|gcsfuse|glusterfs|mountpoint-s3|rclone|s3fs|sshfs)"
)
_LONGEST_NAME = 255 - len("-journal")  # bytes: SQLite's files beside it have longer names
_DRIVE_REMOTE = 4  # https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getdrivetypew
_REMEDIES: dict[type[OSError], str] = {
    FileNotFoundError: "its directory does not exist: make it first",
    NotADirectoryError: "a part of the path is a file, not a directory",
    FileExistsError: "this is a directory, a device or a link to nothing: name a file",
}


def network_file_system(path: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system that a path is on (``nfs4``), or None.

    Args:
        mounts: the text of Linux's ``/proc/self/mountinfo``; None reads it.
    """
    if sys.platform == "win32":  # pragma: no cover - tested on Windows alone
        return _windows_share(path)
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        except OSError:  # macOS has no such file: there a network volume is not noticed
            return None
    return _mounted_as(os.path.realpath(path), mounts)


def reject_long_name(path: Path, argument: str) -> None:
    """Raises where the file could be made, but not the files beside it."""
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        rule = f"must have a file name of at most {_LONGEST_NAME} bytes"
        raise BadArgument(problems=[Problem(argument, rule, str(path), suggestion="linetap makes files beside it")])


def reject_network(path: Path, argument: str) -> None:
    """Raises where SQLite's locks and its log do not work."""
    if found := network_file_system(path):
        rule = f"must be on a disk of this machine, not on a network file system ({found})"
        why = "file locks and flushes are not reliable there: use a local disk, and copy the file after the run"
        raise BadArgument(problems=[Problem(argument, rule, str(path), suggestion=why)])


def file_identity(path: str) -> tuple[int, int] | None:
    """What distinguishes the file from others of the same name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_private(path: Path, argument: str, *, empty_allowed: bool = True) -> str:
    """Makes the file readable by its owner alone, before anything is in it. Gives its absolute path."""
    try:
        if not _made(path):
            if not path.is_file():
                raise FileExistsError
            _narrow(path, argument, empty_allowed)
    except OSError as error:
        verb = "be created" if not os.path.exists(path) else "be written"
        why = _REMEDIES.get(type(error)) or f"{type(error).__name__}: {error.strerror}"
        # The whole path: its end, which a shortened one would lose, distinguishes files.
        rule = f"must be the path of a file that can {verb}"
        raise BadArgument(problems=[Problem(argument, rule, str(path), suggestion=why)]) from None
    return str(path.absolute())  # ":memory:" is a file here like any other


def _made(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return False
    if os.name == "posix":  # the name itself must survive a loss of power
        folder = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _narrow(path: Path, argument: str, empty_allowed: bool) -> None:
    # Not opened and closed again: that would drop the locks of a store this process has open on it.
    found = os.stat(path)
    if found.st_mode & 0o077:
        os.chmod(path, 0o600)
    if not found.st_size and not empty_allowed and not os.path.exists(f"{path}-wal"):
        why = "if it was used before, restore it from a backup; if it was never used, delete it and run again"
        raise BadArgument(problems=[Problem(argument, "must not be an empty file", str(path), suggestion=why)])


def _mounted_as(real: str, mounts: str) -> str | None:
    """The type of the deepest mount above a path; of two at one place the later one counts."""
    best, kind = "", ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, types = left.split(" "), right.split(" ")
        if len(fields) < 5:
            continue
        point = fields[4].encode("ascii", "backslashreplace").decode("unicode_escape")  # a blank is \040
        inside = real == point or real.startswith(point if point.endswith("/") else f"{point}/")
        if inside and len(point) >= len(best):
            best, kind = point, types[0]
    return kind if _NETWORK.fullmatch(kind) else None


def _windows_share(path: Path) -> str | None:  # pragma: no cover - tested on Windows alone
    import ctypes

    drive = os.path.splitdrive(os.path.realpath(path))[0]
    if drive.startswith("\\\\"):
        return "a Windows share"
    kind = getattr(ctypes, "windll").kernel32.GetDriveTypeW(f"{drive}\\")  # noqa: B009 - absent elsewhere
    return "a Windows share" if kind == _DRIVE_REMOTE else None
