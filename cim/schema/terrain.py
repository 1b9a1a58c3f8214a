"""Rasters: terrain and surface models, orthophotos."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from cim.schema.base import Base, FeatureVersion, column, geometry


class RasterAsset(FeatureVersion, Base):
    """Rasters of the city, kept as files beside the database."""

    __tablename__ = "raster_asset"
    kind: Mapped[str] = column("dem, dsm, orthophoto")
    file: Mapped[str] = column("File name under the data folder's raster/")
    crs: Mapped[str] = column("CRS of the raster")
    resolution_m: Mapped[float] = column("Size of a cell, metres")
    columns: Mapped[int] = column("Cells in a row")
    rows: Mapped[int] = column("Rows")
    bands: Mapped[int] = column("Bands")
    nodata: Mapped[float | None] = column("Value that means no data")
    height_offset_m: Mapped[float] = column("Added to its values to reach the city's datum", server_default="0")
    minimum: Mapped[float | None] = column("Lowest value")
    maximum: Mapped[float | None] = column("Highest value")
    geom: Mapped[object] = geometry("POLYGON", "Extent, city CRS", nullable=False)
