"""The calls that a store makes of the operating system, and plain files made of them.

All of them go through `Disk`, so that a test can make any one of them fail.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol

OWNER_ONLY = 0o600
_CHUNK = 1 << 20


class Disk(Protocol):
    """What a store asks of the operating system; each call may raise `OSError`."""

    def open(self, path: Path, flags: int) -> int: ...
    def close(self, fd: int) -> None: ...
    def read(self, fd: int, size: int) -> bytes: ...
    def write(self, fd: int, content: memoryview) -> int: ...
    def truncate(self, fd: int, size: int) -> None: ...
    def fsync(self, fd: int) -> None: ...
    def fstat(self, fd: int) -> os.stat_result: ...
    def lstat(self, path: Path) -> os.stat_result: ...
    def lock(self, fd: int) -> None:
        """Lock the open file alone, or raise `BlockingIOError` at once."""
        ...

    def share(self, fd: int) -> None:
        """Lock it with whoever else shares it, or raise `BlockingIOError` at once."""
        ...

    def rename(self, old: Path, new: Path) -> None: ...
    def link(self, old: Path, new: Path) -> None: ...
    def unlink(self, path: Path) -> None: ...
    def mkdir(self, path: Path) -> None: ...
    def names(self, directory: Path) -> list[str]: ...
    def date(self, path: Path, like: os.stat_result) -> None:
        """Give the file at *path* the times of *like*; no link is followed."""
        ...


class LocalDisk:
    """The disk of this machine: files for their owner only, gone at exec."""

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags | os.O_CLOEXEC, OWNER_ONLY)

    def close(self, fd: int) -> None:
        os.close(fd)

    def read(self, fd: int, size: int) -> bytes:
        return os.read(fd, size)

    def write(self, fd: int, content: memoryview) -> int:
        return os.write(fd, content)

    def truncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def fstat(self, fd: int) -> os.stat_result:
        return os.fstat(fd)

    def lstat(self, path: Path) -> os.stat_result:
        return path.lstat()

    def lock(self, fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def share(self, fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def rename(self, old: Path, new: Path) -> None:
        old.replace(new)

    def link(self, old: Path, new: Path) -> None:
        new.hardlink_to(old)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def mkdir(self, path: Path) -> None:
        path.mkdir(mode=0o700)

    def names(self, directory: Path) -> list[str]:
        return [path.name for path in directory.iterdir()]

    def date(self, path: Path, like: os.stat_result) -> None:
        times = (like.st_atime_ns, like.st_mtime_ns)
        os.utime(path, ns=times, follow_symlinks=False)


NO_LOCKS = frozenset(
    {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
)
"""What flock answers on a file system that keeps no locks."""


def cause(error: OSError) -> str:
    """What went wrong, in the system's words or ours, without the file's name."""
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]


def remedy(error: OSError) -> str:
    """What somebody could do about *error*."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "make room on that disk, and run it again"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return (
                "let this user write there, or name another place "
                "under [state] in ghstate.toml"
            )
        case errno.EIO:
            return "the disk may be failing: look at the system's log"
        case errno.ELOOP | errno.EINVAL:
            return "name a plain file under [state] in ghstate.toml"
        case _:
            return "mend that, and run it again"


def open_plain(disk: Disk, path: Path, flags: int) -> int:
    """Open a plain file, and nothing that only looks like one."""
    try:
        # Without O_NONBLOCK, a FIFO at the path would keep us waiting for ever.
        fd = disk.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            reason = "it is a symbolic link, and none is followed here"
            raise OSError(errno.ELOOP, reason, str(path)) from error
        if error.errno == errno.ENXIO:
            raise _not_plain(path) from error
        raise
    try:
        plain = stat.S_ISREG(disk.fstat(fd).st_mode)
    except BaseException:
        close_quietly(disk, fd)
        raise
    if not plain:
        close_quietly(disk, fd)
        raise _not_plain(path)
    return fd


def read_plain(disk: Disk, path: Path, *, limit: int) -> bytes | None:
    """All of a plain file of up to *limit* bytes; None where there is none."""
    try:
        fd = open_plain(disk, path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    content = bytearray()
    try:
        while chunk := disk.read(fd, _CHUNK):
            content += chunk
            if len(content) > limit:
                reason = f"it is larger than {limit // 2**20} MiB"
                raise OSError(errno.EFBIG, reason, str(path))
    finally:
        close_quietly(disk, fd)
    return bytes(content)


def write_all(disk: Disk, fd: int, content: bytes) -> None:
    """All of *content*, however little the disk takes at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[disk.write(fd, rest) :]


def write_new(disk: Disk, path: Path, content: bytes) -> None:
    """Bring *content* to disk in a file that was not there, or leave none."""
    # O_EXCL follows no symbolic link, either.
    fd = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
    try:
        try:
            write_all(disk, fd, content)
            disk.fsync(fd)
        except BaseException:
            close_quietly(disk, fd)
            raise
        # Over NFS, only close tells that the server would not take it.
        disk.close(fd)
    except BaseException:
        with suppress(OSError):
            disk.unlink(path)
        raise


def put_whole(
    disk: Disk, path: Path, content: bytes, *, mode: int | None = None
) -> None:
    """Put a whole file in the place of *path*, or leave what is there.

    For its owner only unless *mode* says otherwise.
    """
    # With a dot in front, so that it never counts as a file of a project.
    spare = path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}.tmp")
    try:
        write_new(disk, spare, content)
        if mode is not None:
            spare.chmod(mode)
        disk.rename(spare, path)
    finally:
        with suppress(OSError):
            disk.unlink(spare)
    sync_names(disk, path.parent)


def sync_names(disk: Disk, directory: Path) -> None:
    """Bring to disk which names *directory* has."""
    fd = disk.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync_directory(disk, fd)
    finally:
        close_quietly(disk, fd)


def sync_directory(disk: Disk, fd: int) -> None:
    """Bring to disk which names the open directory has."""
    try:
        disk.fsync(fd)
    except OSError as error:
        # Some network file systems cannot, and need not.
        if error.errno != errno.EINVAL:
            raise


def make_directory(disk: Disk, directory: Path) -> None:
    """Make *directory* and what lies above it; for the owner only where it is new."""
    try:
        disk.mkdir(directory)
    except FileExistsError:
        new = False
    except FileNotFoundError:
        make_directory(disk, directory.parent)
        with suppress(FileExistsError):  # somebody else was faster
            disk.mkdir(directory)
        new = True
    else:
        new = True
    if new and directory.name == ".ghstate":
        # The state names people. It should not be committed by accident.
        with suppress(OSError):
            write_new(disk, directory / ".gitignore", b"*\n")
    try:
        above = disk.open(directory.parent, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:
        # One that was there is synced because whoever made it may have died before.
        # But who may not even look there has made nothing there.
        if new:
            raise
        return
    _sync_and_close(disk, above)


def _sync_and_close(disk: Disk, fd: int) -> None:
    try:
        sync_directory(disk, fd)
    finally:
        close_quietly(disk, fd)


def close_quietly(disk: Disk, fd: int) -> None:
    """Close what nothing was written to, or what has failed already."""
    with suppress(OSError):
        disk.close(fd)


def _not_plain(path: Path) -> OSError:
    return OSError(errno.EINVAL, "it is not a plain file", str(path))
