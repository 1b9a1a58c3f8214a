"""The docs are part of the product: every command and every route stands in them, and links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cim.__main__ import main
from cim.settings import Settings
from cim.web import create_app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(group: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command that does something, with its full name."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from commands(command, f"{path} {name}")
    else:
        yield path, group


COMMANDS = dict(commands(main, "cim"))


@pytest.fixture(scope="module")
def prose() -> str:
    """All pages for users as one text."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_is_documented(name: str, prose: str) -> None:
    assert re.search(rf"`?{re.escape(name)}\b", prose), f"no page of the docs shows `{name}`"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_explains_itself(name: str) -> None:
    assert COMMANDS[name].help, f"{name} has no help text"


def test_every_option_of_loading_is_told_with_its_choices() -> None:
    text = (ROOT / "docs" / "loading.md").read_text(encoding="utf-8").split("## Commands")[1].split("\n## ")[0]
    for option in (item for item in COMMANDS["cim load"].params if isinstance(item, click.Option)):
        name = option.opts[0]
        assert name in text, f"loading.md does not tell of {name}"
        choices = set(option.type.choices) - {option.default} if isinstance(option.type, click.Choice) else set()
        assert [word for word in choices if f"{name} {word}" not in text] == [], name


def test_every_route_is_documented(prose: str, database: object, settings: Settings) -> None:
    app = create_app(settings, database)  # type: ignore[arg-type]
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    missing = sorted(route for route in routes if route not in prose)
    assert not missing, f"routes that no page of the docs shows: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_exist(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing, f"{page.name} points to what is not there: {missing}"


CORE = [
    (file, told)
    for row in re.findall(
        r"^\| (`\w+\.py`.*?) \| (.*) \|$",
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## The database")[0],
        re.M,
    )
    for file, told in [(re.findall(r"`(\w+\.py)`", row[0]), row[1])]
]
"""Modules of the core, and what ARCHITECTURE.md says that they offer."""


def offered(paths: list[Path]) -> dict[str, set[str]]:
    """Names that modules define, each with its parameters or fields."""
    known: dict[str, set[str]] = {}
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.FunctionDef):
            several = [node.args.vararg] if node.args.vararg else []
            arguments = (*node.args.posonlyargs, *node.args.args, *several, *node.args.kwonlyargs)
            known.setdefault(node.name, set()).update(argument.arg for argument in arguments)
        elif isinstance(node, ast.ClassDef):
            fields = {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)}
            makers = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
            known[node.name] = fields | {argument.arg for maker in makers for argument in maker.args.args}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            known.setdefault(node.target.id, set())
    return known


@pytest.mark.parametrize(("files", "told"), CORE, ids=lambda value: value[0] if isinstance(value, list) else "")
def test_what_architecture_says_of_the_core_is_there(files: list[str], told: str) -> None:
    known = offered([ROOT / "cim" / name for name in files])
    for code in re.findall(r"`([^`]+)`", told):
        found = re.fullmatch(r"(?:with )?\.?(?:\w+\.)*([A-Za-z_]\w*)(?:\((.*)\))?(?: as \w+)?", code)
        if found is None or code == "city.toml":
            continue
        name, parameters = found[1], re.findall(r"(\w+)(?:=[^,]*)?", found[2] or "")
        assert name in known, f"{files} offers no {name}"
        missing = set(parameters) - known[name]
        assert not missing, f"{name} of {files} takes no {missing}"


def test_modules_and_functions_of_architecture_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(CORE) > 8
    paths = set(re.findall(r"`((?:cim|etl|analytics|layers|web|tests)/[\w/.]+\.\w+)`", text))
    assert len(paths) > 8
    assert [path for path in sorted(paths) if not (ROOT / path).is_file()] == []
    for path, name, parameters in re.findall(r"`([a-z]+/[\w/]+\.py)`:? (?:has )?`(\w+)\(([^)`]*)\)", text):
        known = offered([ROOT / path])
        assert name in known, f"{path} offers no {name}"
        assert set(re.findall(r"(\w+)(?:=[^,]*)?", parameters)) <= known[name], f"{path}: {name}"
