"""Photos of a survey: files of a folder beside the forms, each an image, none from elsewhere."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from cim.errors import BadSource
from cim.etl.batch import Reject

_BEGINS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
MOST_BYTES = 20_000_000
"""A larger file is no photo of a phone."""
_REMEDIES = {
    "form.photo_outside": "put the photo into the folder of photos, and give its name",
    "form.photo_missing": "put the photo into the folder of photos, or correct its name",
    "form.photo_unreadable": "give a JPEG or PNG of at most 20 MB",
}


class Photos:
    """The photos of a source.

    Parameters
    ----------
    folder
        Folder that the source is confined to.
    name
        Folder of the photos in it.
    source
        The source, for messages.

    Raises
    ------
    BadSource
        The folder of the photos lies outside the source's.
    """

    def __init__(self, folder: Path, name: str, source: Path) -> None:
        self.root = (folder / name).resolve()
        if not self.root.is_relative_to(folder.resolve()):
            raise BadSource(source, f"option photos = {name!r}", "name a folder within the source's own")
        self._files: dict[str, Path] = {}
        self._known: dict[Path, str | None] = {}

    def of(self, record: str, said: str | None) -> tuple[str | None, str | None, list[Reject]]:
        """Return the names as given, the files as they are kept (joined by `;`), and remarks on what is not there."""
        names = [name.strip() for name in re.split("[;；]", said or "") if name.strip()]
        kept, rejects = [], []
        for name in names:
            path = (self.root / name).resolve()
            code, why = "form.photo_outside", ("lies outside the folder of photos", "不在照片文件夹内")
            if path.is_relative_to(self.root):
                code, why = "form.photo_missing", ("is not in the folder of photos", "在照片文件夹中不存在")
                if path.is_file():
                    code, why = "form.photo_unreadable", ("is no photo", "不是可用的照片")
                    if (file := self._kept(path)) is not None:
                        kept.append(file)
                        continue
            told = f"photo {name!r} {why[0]}", f"照片“{name}”{why[1]}"
            rejects.append(
                Reject(record, code, told[0], f"kept without it; {_REMEDIES[code]}", "survey_finding",
                       severity="warning", reason_zh=told[1])
            )  # fmt: skip
        return "；".join(names) or None, ";".join(kept) or None, rejects

    def taken(self) -> dict[str, Path]:
        """Return the files to keep that were met since the last call: place below the data folder, file."""
        files, self._files = self._files, {}
        return files

    def _kept(self, path: Path) -> str | None:
        """Return the name under which a photo is kept: its digest, and what it is by its first bytes."""
        if path not in self._known:
            self._known[path] = self._name(path)
        name = self._known[path]
        if name is not None:
            self._files[f"photo/{name}"] = path
        return name

    @staticmethod
    def _name(path: Path) -> str | None:
        if path.stat().st_size > MOST_BYTES:
            return None
        content = path.read_bytes()
        kind = next((ending for begin, ending in _BEGINS.items() if content.startswith(begin)), None)
        return kind and f"{hashlib.sha256(content).hexdigest()}.{kind}"
