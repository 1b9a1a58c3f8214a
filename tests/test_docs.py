"""The docs are part of the product: every command and every route stands in them, and links lead somewhere."""

from __future__ import annotations

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
