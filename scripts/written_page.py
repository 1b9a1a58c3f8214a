"""A file that a script writes from the code, and a test compares."""

from __future__ import annotations

import sys
from pathlib import Path


def keep(page: Path, text: str) -> int:
    """Write it; with `--check`, tell whether it is up to date instead, by the exit code too."""
    if "--check" not in sys.argv:
        page.write_text(text, encoding="utf-8")
        return 0
    same = page.exists() and page.read_text(encoding="utf-8") == text
    if not same:
        print(f"{page.name} is not up to date: run python {sys.argv[0]}")
    return 0 if same else 1
