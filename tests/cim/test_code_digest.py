from __future__ import annotations

import sys

from cim.code_digest import code_digest


def test_digest_follows_code_and_tables_and_nothing_else(tmp_path, monkeypatch):
    package = tmp_path / "made_for_digests"
    (package / "sql").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "sql" / "rows.sql").write_text("SELECT 1")
    monkeypatch.syspath_prepend(tmp_path)

    def digest() -> str:
        code_digest.cache_clear()
        return code_digest("made_for_digests")

    try:
        before = digest()
        (package / "notes.txt").write_text("no code")
        (package / "__pycache__").mkdir(exist_ok=True)
        (package / "__pycache__" / "x.py").write_text("left over")
        assert digest() == before
        (package / "sql" / "rows.sql").write_text("SELECT 2")
        assert digest() != before
    finally:
        sys.modules.pop("made_for_digests", None)
        code_digest.cache_clear()


def test_packages_differ():
    assert code_digest("cim.layers") != code_digest("cim.analytics")
    assert code_digest("cim.layers") == code_digest("cim.layers")
