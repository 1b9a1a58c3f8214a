"""`cim sample`: write a made-up city."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cim.errors import BadSetting
from cim.progress import CONSOLE, progress

STATE = "sample.json"
"""File beside city.toml that says of which parameters the folder was written; written last."""
FORMAT = 7
"""Grows when the same seed gives another city than before."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--buildings", default=1200, show_default=True, type=click.IntRange(60, 2_000_000), help="Buildings.")
@click.option("--seed", default=7, show_default=True, type=click.IntRange(0), help="Equal seeds give equal cities.")
@click.option("--clean", is_flag=True, help="Leave out the planted faults.")
@click.option("--again", is_flag=True, help="Write the files even if the folder already holds them.")
def sample(folder: Path, buildings: int, seed: int, clean: bool, again: bool) -> None:
    """Write a made-up riverside hill district (synthetic) as the files that a real city would hand over."""
    wanted = {"format": FORMAT, "buildings": buildings, "seed": seed, "clean": clean}
    if not again and _state(folder) == wanted:
        CONSOLE.print(f"{folder}: as it was")
        return
    _check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STATE).unlink(missing_ok=True)
    # Late: the generator's libraries would slow every other command.
    from cim.etl.sample.generate import write_city

    with progress("sample city, buildings", buildings) as task:
        written = write_city(folder, buildings, seed, clean=clean, advance=task.advance)
    (folder / STATE).write_text(json.dumps(wanted) + "\n", encoding="utf-8")
    CONSOLE.print(
        f"{folder}: {written.buildings:,} buildings, {written.residents:,} residents, {written.pipe_lines:,} pipes, "
        f"{len(written.faults)} planted faults (synthetic)"
    )


def _state(folder: Path) -> object:
    """Return the parameters of which the folder was written, if it was written to the end."""
    try:
        return json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, NotADirectoryError):
        return None


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds something else: its files would be replaced.

    Raises
    ------
    BadSetting
        The folder is neither empty nor an earlier sample.
    """
    if folder.is_dir() and any(folder.iterdir()) and not _is_sample(folder):
        raise BadSetting("DIR", str(folder), "it holds other files: give an empty or a new folder")


def _is_sample(folder: Path) -> bool:
    manifest = folder / "city.toml"
    if (folder / STATE).exists():
        return True
    return manifest.exists() and "synthetic = true" in manifest.read_text(encoding="utf-8")
