"""docs/registers.md says what the schema says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from cim.tables import THEMES

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date():
    command = [sys.executable, str(ROOT / "scripts" / "document_registers.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_theme_stands_on_it():
    page = (ROOT / "docs" / "registers.md").read_text(encoding="utf-8")
    assert [name for name in THEMES if f"## `{name}`" not in page] == []


def test_every_code_of_a_check_is_explained():
    page = (ROOT / "docs" / "loading.md").read_text(encoding="utf-8")
    etl = ROOT / "etl"
    ours = [*(etl / "checks").glob("*.py"), *etl.glob("*.py"), etl / "readers" / "footprints.py"]
    code = re.compile(r'"((?:value|geometry|key|reference|building)\.[a-z_]+)"')
    found = {match for file in ours for match in code.findall(file.read_text(encoding="utf-8"))}
    assert len(found) > 15
    assert {name for name in found if f"`{name}`" not in page} == set()
