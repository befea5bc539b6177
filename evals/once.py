"""Folders that are made once and then taken as they are, by however many processes at the same time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def made_once(folder: Path, done: str, make: Callable[[Path], None]) -> Path:
    """The folder; where it is missing, `make` fills a partial one, which gets the name when it is whole.

    `done` is a file that `make` writes last.
    """
    if (folder / done).is_file():
        os.utime(folder)
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".loading-{os.getpid()}-"))
    try:
        make(partial)
        try:
            partial.rename(folder)
        except OSError:
            if not (folder / done).is_file():  # else another process made the same one first
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
