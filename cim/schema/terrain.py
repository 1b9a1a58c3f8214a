"""Rasters and scans: terrain and surface models, orthophotos, points of laser scanners."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, FeatureVersion, column, geometry, listed


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


class ScanAsset(FeatureVersion, Base):
    """Laser scans of the city, kept as files beside the database."""

    __tablename__ = "scan_asset"
    format: Mapped[str] = listed("las, laz, copc", ("las", "laz", "copc"))
    file: Mapped[str] = column("File name under the data folder's scan/")
    crs: Mapped[str] = column("CRS of the scan")
    points: Mapped[int] = column("Points", BigInteger)
    density: Mapped[float | None] = column("Points a square metre of the extent")
    classes: Mapped[str | None] = column("Classes of points that occur (ASPRS numbers), separated by commas")
    lowest_m: Mapped[float | None] = column("Height of the lowest point, city height, metres")
    highest_m: Mapped[float | None] = column("Height of the highest point, city height, metres")
    height_offset_m: Mapped[float] = column("Added to its heights to reach the city's datum", server_default="0")
    geom: Mapped[object] = geometry("POLYGON", "Extent, city CRS", nullable=False)
