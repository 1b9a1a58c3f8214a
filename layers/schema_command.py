"""`cim schema`: what a register must look like, in Chinese and English, and an empty table to fill."""

from __future__ import annotations

import csv
import io
import unicodedata

import click

from cim.errors import UnknownRegister
from cim.layers.titles import column_title, theme_title, titles, unit
from cim.schema.description import OTHER_NAMES, RegisterColumn, register_columns, template_columns, theme_of
from cim.tables import THEMES

_HEAD = ("column", "type", "unit", "required", "meaning (zh)", "meaning (en)")


@click.command()
@click.argument("kind", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print the header of an empty table instead, to be filled.")
def schema(kind: str | None, as_csv: bool) -> None:
    """Print the columns of a register: type, unit, meaning, allowed codes. Without a KIND list the registers."""
    if kind is None:
        _list()
        return
    theme = theme_of(kind)
    if theme is None:
        raise UnknownRegister(kind, sorted(THEMES))
    if as_csv:
        row = io.StringIO()
        csv.writer(row, lineterminator="").writerow(template_columns(THEMES[theme]))
        click.echo(row.getvalue())
        return
    _describe(theme)


def _list() -> None:
    """List the registers with their other names."""
    for theme, table in THEMES.items():
        also = ", ".join(name for name, of in OTHER_NAMES.items() if of == theme)
        title = theme_title(theme)
        click.echo(_padded(theme, 22) + _padded(title.zh, 16) + (table.comment or "") + (f" ({also})" if also else ""))


def _describe(theme: str) -> None:
    """Print a register's columns, then the codes of those that have some."""
    table = THEMES[theme]
    title = theme_title(theme)
    click.echo(f"{theme}: {title.zh}, {title.en}. {table.comment}")
    click.echo(f'[[source]] kind = "register", [source.options] theme = "{theme}"')
    click.echo()
    columns = register_columns(table)
    rows = [_HEAD, *(_cells(theme, item) for item in columns)]
    widths = [max(map(_width, column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for item in columns:
        codes = _codes(theme, item)
        if codes:
            click.echo()
            click.echo(f"{item.name}: {'only' if item.codes else 'among others'}")
            for code, meaning in codes:
                click.echo(f"  {_padded(code, 20)}{meaning}")


def _cells(theme: str, item: RegisterColumn) -> tuple[str, ...]:
    """Return the cells of a column's line."""
    called = {"source_key": "唯一键", "geom": "几何"}.get(item.column)
    needed = "yes" if item.required else f"else {item.default}" if item.default is not None else ""
    zh = called or column_title(theme, item.column).zh
    if item.type.startswith("key of"):
        zh = f"{theme_title(item.type.removeprefix('key of ')).zh}的键"
    return item.name, item.type, unit(item.column) or "", needed, zh, item.meaning


def _codes(theme: str, item: RegisterColumn) -> list[tuple[str, str]]:
    """Return the codes of a column with their meaning in both languages."""
    values = titles().values
    known = values.get(f"{theme}.{item.column}") or values.get(item.column) or {}
    codes = item.codes or tuple(known)
    named = ((code, known.get(code)) for code in codes)
    return [(str(code), f"{title.zh} / {title.en}" if title else "") for code, title in named]


def _width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int) -> str:
    """Return a text with spaces up to a width."""
    return text + " " * max(width - _width(text), 1)


COMMANDS: list[click.Command] = [schema]
