"""The register of checks: every code that the product writes stands in it, and the page says what it says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from cim.etl.checks.register import register, tolerance

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"[a-z]+\.[a-z_]+")
WRITERS = {"Reject", "Fault", "Finding", "refuse", "remark", "add", "add_rows", "counted", "_reject", "_remark", "_off"}
"""Names of what is given a code: as the first or the second argument, or as `code`."""
MADE = {
    "code.unknown_": ("feature", "appurtenance", "material", "burial"),
    "value.not_a_": ("number", "date"),
}
"""Codes that are put together where they are written."""


def codes_written() -> Iterator[tuple[str, str]]:
    """Yield code and file of each code that the loader's modules write."""
    for path in sorted((ROOT / "etl").rglob("*.py")):
        if "sample" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                given = [*node.args[:4], *(item.value for item in node.keywords if item.arg == "code")]
                for item in given if name in WRITERS else ():
                    if isinstance(item, ast.Constant) and CODE.fullmatch(str(item.value)):
                        yield str(item.value), path.name
                    elif isinstance(item, ast.JoinedStr):
                        yield from ((code, path.name) for code in _made(item))


def _made(text: ast.JoinedStr) -> list[str]:
    start = text.values[0].value if isinstance(text.values[0], ast.Constant) else ""
    return [f"{start}{end}" for end in MADE.get(str(start), ())]


def test_every_code_that_is_written_is_registered():
    written = set(codes_written())
    assert len({code for code, _ in written}) > 45
    assert {(code, file) for code, file in written if code not in register()} == set()


def test_every_code_stands_in_a_test():
    """What no test names, no test provokes."""
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))
    named = set(CODE.findall(tests))
    assert {code for code in register() if code not in named} == set()


def test_every_code_spelled_anywhere_is_registered():
    """Also those that stand in tables and comparisons: whatever begins like a code of a family that knows it."""
    begins = {code.partition(".")[0] for code in register()}
    spelled = re.compile(rf'"((?:{"|".join(sorted(begins - {"file"}))})\.[a-z_]+)"')
    found = {
        (match, path.name)
        for path in (ROOT / "etl").rglob("*.py")
        if "sample" not in path.parts
        for match in spelled.findall(path.read_text(encoding="utf-8"))
    }
    assert {(code, file) for code, file in found if code not in register()} == set()


@pytest.mark.parametrize("check", register().values(), ids=lambda check: check.code)
def test_a_check_is_told_whole_in_both_languages(check):
    assert CODE.fullmatch(check.code)
    assert check.severity in ("error", "warning")
    texts = [check.what, check.remedy, *([check.reason] if check.reason else [])]
    for words in texts:
        assert re.search(r"[\u4e00-\u9fff]", words.zh), words
        assert words.en
        assert not words.en.endswith(".")
    assert check.why.endswith((".", ")"))
    if check.reason:
        fields = [
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in (check.reason.en, check.reason.zh)
        ]
        assert fields[0] - {"anchor", "end"} == fields[1] - {"anchor_zh", "end"}
    assert bool(check.tolerance) <= bool(check.basis), "a tolerance says where it comes from"


def test_tolerances_are_read_by_name():
    assert tolerance("line.length", "longest_m") == 75.0
    with pytest.raises(KeyError):
        tolerance("line.length", "widest_m")


def test_the_page_is_up_to_date():
    command = [sys.executable, str(ROOT / "scripts" / "document_checks.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
