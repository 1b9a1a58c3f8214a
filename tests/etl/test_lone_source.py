"""`cim check FILE`: one file without a city; what cannot be read is said in one line."""

from __future__ import annotations

import geopandas
import pytest
import shapely
from click.testing import CliRunner

from cim.__main__ import main
from cim.errors import BadSource
from cim.etl.lone_source import lone_manifest


@pytest.mark.parametrize(
    ("name", "kind"), [("dem.tif", "raster"), ("houses.gpkg", "footprints"), ("houses.geojson", None)]
)
def test_what_cannot_be_read_is_one_line(tmp_path, name, kind):
    path = tmp_path / name
    path.write_text("hello", encoding="utf-8")
    with pytest.raises(BadSource, match=rf"{name}: cannot be read \(.*\): see that it is whole") as caught:
        lone_manifest(path, kind, None)
    assert "\n" not in str(caught.value)
    said = CliRunner().invoke(main, ["check", str(path), *(["--kind", kind] if kind else [])])
    assert (said.exit_code, "Traceback" in said.output, "cannot be read" in said.output) == (1, False, True)


def test_a_geoparquet_file_is_checked_by_itself(tmp_path):
    path = tmp_path / "houses.parquet"
    square = shapely.box(500_000, 3_270_000, 500_010, 3_270_010)
    geopandas.GeoDataFrame({"name": ["a"]}, geometry=[square], crs="EPSG:4545").to_parquet(path)
    assert lone_manifest(path, None, None).profile.crs == "EPSG:4545"
    said = CliRunner().invoke(main, ["check", str(path)]).output
    assert "houses: 1 records, 0 refused" in said
