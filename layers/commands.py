"""`cim layers`: makes what the viewer shows from what is loaded."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from cim.cluster import Cluster
from cim.layers.queries import query
from cim.layers.terrain import LAYER as TERRAIN
from cim.layers.tiles3d.build import Built, build_tileset
from cim.layers.tiles3d.sources import SOURCES, tile_source
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL

_CITY = click.option("--city", help="Slug of the city; CIM_CITY or sample when not given.")


@click.group()
def layers() -> None:
    """Build and list what the viewer shows."""


@layers.command()
@click.argument("names", metavar="[LAYER]...", nargs=-1)
@_CITY
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; chosen by the size of a layer when not given.")
def build(names: tuple[str, ...], city: str | None, workers: int | None) -> None:
    """Build the terrain and the 3D tiles of the named layers, or of all; what is up to date is left as it is."""
    tilesets = [tile_source(name) for name in names if name != TERRAIN]
    sources = tilesets if names else list(SOURCES.values())
    with _opened(city) as store:
        if TERRAIN in names or not names:
            _build_terrain(store, workers)
        for source in sources:
            built = build_tileset(store, LOCAL, source, workers=workers)
            if built.features or names:
                click.echo(_line(built))


def _build_terrain(store: Store, workers: int | None) -> None:
    """Build the terrain, whose libraries no other command needs."""
    from cim.layers.terrain_build import build_terrain

    built = build_terrain(store, LOCAL, Settings.from_env().data_dir / "raster", workers=workers)
    if built.rasters:
        done = "up to date" if built.fresh else f"{built.seconds:.1f} s"
        click.echo(f"{built.layer:<18} {built.rasters:>8} rasters  {built.tiles:>6} tiles   {done}")


@layers.command(name="list")
@_CITY
def list_(city: str | None) -> None:
    """List the layers that were built, with their size and age."""
    table = Table(box=None, pad_edge=False)
    table.add_column("layer")
    for name in ("features", "tiles", "MB"):
        table.add_column(name, justify="right")
    for name in ("built", "state"):
        table.add_column(name)
    with _opened(city) as store:
        rows = store.rows(LOCAL, query("built_layers").format())
        for row in rows:
            size = f"{(row['bytes'] or 0) / 1e6:.1f}"
            table.add_row(
                row["layer"],
                str(row["features"]),
                str(row["tiles"]),
                size,
                f"{row['built_at']:%Y-%m-%d %H:%M}",
                _state(store, row),
            )
    Console(highlight=False).print(table if rows else "nothing is built yet: cim layers build")


def _state(store: Store, row: dict[str, Any]) -> str:
    """Tell whether a layer's tiles show the present data."""
    source = SOURCES.get(row["layer"])
    themes = ("raster_asset",) if row["layer"] == TERRAIN else source.themes if source else ()
    if not themes or row["data_version"] == store.theme_version(*themes):
        return "up to date"
    return "older than the data: cim layers build"


def _line(built: Built) -> str:
    done = "up to date" if built.fresh else f"{built.seconds:.1f} s"
    return f"{built.layer:<18} {built.features:>8} features {built.tiles:>6} tiles   {done}"


def _opened(city: str | None) -> Store:
    settings = Settings.from_env()
    cluster = Cluster(settings)
    cluster.up()
    return Store.open(cluster, city or settings.city)


COMMANDS: list[click.Command] = [layers]
