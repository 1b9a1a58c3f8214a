"""House rules that no reviewer should have to check: who imports whom, which packages there are, who reads what."""

from __future__ import annotations

import ast
import configparser
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("analytics", "etl", "layers", "web")
MAY_IMPORT = {"etl": set(), "analytics": set(), "layers": set(), "web": {"layers", "analytics"}, "cim": set()}
"""Part -> the other parts that it may import; everyone may import the core."""

ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}

SETUP = configparser.ConfigParser(interpolation=None)
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def sources() -> list[Path]:
    """Every module of the product."""
    return [path for part in ("cim", *PARTS) for path in sorted((ROOT / part).rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in the file."""
    package = (
        ("cim", *path.relative_to(ROOT).parts[:-1])
        if path.parts[len(ROOT.parts)] != "cim"
        else (path.relative_to(ROOT).parts[:-1])
    )
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{name.name}" for name in node.names)


def part_of(module: str) -> str | None:
    """Part of ours that a module's name belongs to; None for what is not ours."""
    names = module.split(".")
    if names[0] != "cim":
        return names[0] if names[0] in PARTS else None
    return names[1] if len(names) > 1 and names[1] in PARTS else "cim"


def test_imports_go_one_way():
    forbidden = set()
    for path in sources():
        name = path.relative_to(ROOT)
        own = name.parts[0]
        allowed = {None, own, "cim", *MAY_IMPORT[own], *(PARTS if str(name) == "cim/__main__.py" else ())}
        forbidden |= {f"{name}: {module}" for module in imported(path) if part_of(module) not in allowed}
    assert not forbidden


def test_nobody_imports_a_folder_by_its_bare_name():
    assert not {(path, module) for path in sources() for module in imported(path) if module.split(".")[0] in PARTS}


def test_imported_sees_every_form_of_import(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "layers" / "tiles3d" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import cim.etl\ndef f():\n    from cim import web\n    from ..terrain import a\n    from . import b\n"
    )
    names = list(imported(path))
    assert names == ["cim.etl", "cim.web", "cim.layers.terrain.a", "cim.layers.tiles3d.b"]
    assert [part_of(name) for name in names] == ["etl", "web", "layers", "layers"]


def test_the_command_line_names_its_parts():
    from cim.__main__ import _COMMANDS

    assert {part_of(module) for module, _ in _COMMANDS.values()} == {"cim", *PARTS}


def test_every_folder_with_modules_is_a_package_of_setup_cfg():
    listed = SETUP["options"]["packages"].split()
    folders = {path.parent.relative_to(ROOT) for path in sources()}
    names = {".".join(folder.parts if folder.parts[0] == "cim" else ("cim", *folder.parts)) for folder in folders}
    assert sorted(listed) == sorted(names)
    missing = [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").is_file()]
    assert not missing, "folders without __init__.py"


def test_only_settings_read_the_environment():
    readers = set()
    for path in sources():
        names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        if names & ENVIRONMENT or {f"os.{name}" for name in ENVIRONMENT} & set(imported(path)):
            readers.add(str(path.relative_to(ROOT)))
    assert readers == {"cim/settings.py"}


def test_no_module_is_longer_than_400_lines():
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert not {path: n for path, n in lengths.items() if n > 400 and "versions" not in path.parts}
