"""`cim inspect`: says what files are, before anything is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_SECONDS = 60.0


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--crs", help="CRS of files that name none, e.g. EPSG:28992.")
@click.option("--seconds", default=_SECONDS, show_default=True, help="Time for each file.")
def inspect(files: tuple[Path, ...], as_json: bool, crs: str | None, seconds: float) -> None:
    """Say what files are: format, CRS, extent, counts, attributes, problems, and the lines for city.toml.

    Nothing is loaded, and no database is needed. A file that cannot be read ends in one line, and the command in
    exit code 1 when all others have been told of.
    """
    # Imported here: the libraries of all formats take seconds.
    import orjson

    from cim.errors import CimError
    from cim.etl.inspecting.inspection import inspect_file
    from cim.etl.inspecting.telling import told, visible

    failed = False
    for path in files:
        try:
            found = inspect_file(path, crs=crs, seconds=seconds)
        except CimError as error:
            failed = True
            click.echo(visible(f"cim: {error}"), err=True)
            continue
        document = orjson.dumps(found.document(), default=str, option=orjson.OPT_SERIALIZE_NUMPY) if as_json else b""
        click.echo(document.decode() if as_json else told(found))
    if failed:
        sys.exit(1)
