"""GeoTIFF and COG: terrain and surface models, orthophotos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from cim.etl.inspecting.findings import Attribute, Clock, Findings, Inspector, Layer, Sample


def claims(sample: Sample) -> bool:
    """Whether a file begins as a TIFF does, classic or big."""
    return sample.head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


def look(path: Path, clock: Clock) -> Findings:
    """Find out about a raster."""
    with rasterio.open(path) as dataset:
        bands, empty, complete = _bands(dataset, clock)
        heights = None
        if dataset.count == 1 and bands[0].filled:
            heights = (float(bands[0].examples[0]), float(bands[0].examples[1]))
        placed = not dataset.transform.is_identity
        bounds = dataset.bounds
        tags = dataset.tags(ns="IMAGE_STRUCTURE")
        facts: dict[str, str | int | float] = {
            "size": f"{dataset.width} x {dataset.height} cells of {abs(dataset.transform.a):g}",
            "bands": f"{dataset.count} of {dataset.dtypes[0]}, no data = {dataset.nodata}",
            "packing": tags.get("COMPRESSION", "none"),
        }
        if dataset.overviews(1):
            facts["overviews"] = ", ".join(map(str, dataset.overviews(1)))
        problems = [] if placed else ["is not georeferenced: give it a position, e.g. gdal_translate -a_ullr"]
        problems += ["has no data in any cell"] if empty and complete else []
        cells = Layer("cells", dataset.width * dataset.height, None, {}, tuple(bands))
        return Findings(
            format="COG" if tags.get("LAYOUT") == "COG" or _is_cog(dataset) else "GeoTIFF",
            kind="raster",
            crs=dataset.crs.to_wkt() if dataset.crs else None,
            crs_from="the GeoTIFF keys",
            extent=(bounds.left, bounds.bottom, bounds.right, bounds.top) if placed else None,
            heights=heights,
            layers=(cells,),
            facts=facts,
            problems=tuple(problems),
            sources=({"raster": _sort(path, dataset.count)},),
            complete=complete,
        )


def _sort(path: Path, bands: int) -> str:
    """Return what a raster may be: by its bands, and of those with one by its name."""
    return "orthophoto" if bands >= 3 else "dsm" if "dsm" in path.name.lower() else "dem"


def _is_cog(dataset: Any) -> bool:
    """Whether a raster is laid out for reading parts of it: in tiles, with overviews unless it is small."""
    small = max(dataset.width, dataset.height) <= 512
    return bool(dataset.profile.get("tiled")) and bool(dataset.overviews(1) or small)


def _bands(dataset: Any, clock: Clock) -> tuple[list[Attribute], bool, bool]:
    """Return least and greatest value of each band, and the share of cells that have one."""
    found, complete = [], True
    for band in dataset.indexes:
        low, high, filled, seen = np.inf, -np.inf, 0, 0
        for _, window in dataset.block_windows(band):
            if clock.up:
                complete = False
                break
            values = dataset.read(band, window=window, masked=True)
            seen += values.size
            values = values.compressed()
            values = values[np.isfinite(values)]
            filled += values.size
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        shown = (f"{low:.10g}", f"{high:.10g}") if filled else ()
        found.append(Attribute(f"band {band}", dataset.dtypes[band - 1], filled / max(seen, 1), shown))
    return found, all(item.filled == 0 for item in found), complete


INSPECTOR = Inspector(14, "a raster", claims, look, (RasterioError, ValueError))
