"""Files of metrics, for the textfile collector of node_exporter."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from .collectors import Registry
from .note import noted
from .renderer import render


def write_to_textfile(
    path: str | os.PathLike[str],
    registry: Registry,
    *,
    tmpdir: str | os.PathLike[str] | None = None,
) -> None:
    """Write the metrics of a registry to a file, as text 0.0.4.

    Whoever reads the file sees the old content or the new one, and never a part: the metrics are
    written to a temporary file, which then takes the name of the file. Its permissions are those of
    any new file. Any number of threads and processes may write the same file at once.

    node_exporter reads the files of its directory whose names end in ``.prom``.

    :param path: The name of the file.
    :param registry: The registry.
    :param tmpdir: The directory of the temporary file, on the same file system. None: that of the
      file.
    :raises Exception: If it is not a registry.
    :raises OSError: If the file cannot be written. It is as it was then, and no temporary file is
      left.
    """
    if isinstance(path, Registry):
        error = TypeError(f"path must be the name of a file, got: {type(path)}")
        raise noted(error, "the name comes first: write_to_textfile(path, registry)")
    # Before anything is written, because metrics may fail.
    content, _ = render(registry)
    _replace(os.fsdecode(path), content, None if tmpdir is None else os.fsdecode(tmpdir))


def _replace(path: str, content: bytes, tmpdir: str | None) -> None:
    """Replace a file as a whole."""
    directory, name = os.path.split(path)
    # node_exporter does not read it, because of its end, even if it is left by a process that is
    # killed. Nobody else has the name: neither a thread nor a process, nor one in another container
    # that shares the directory and has the same number.
    # File systems limit the bytes of a name, not its letters.
    start = os.fsencode(name)[:100].decode(errors="ignore")
    temporary = os.path.join(
        directory if tmpdir is None else tmpdir, f".{start}.{os.urandom(8).hex()}.tmp"
    )
    # As `open` makes it, so that the umask decides who may read it, but only if it is new.
    descriptor = os.open(temporary, _NEW, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # A batch job writes the file once a day. Without this, a file system may have given it
            # its name before its content when the power fails, and it is empty until the next day.
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # the error that matters is the first one
            os.unlink(temporary)
        raise


_NEW: Any = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
_NEW |= getattr(os, "O_BINARY", 0)  # Windows
