"""Local grids by four parameters: told in the manifest, or kept in a file that none but its owner reads."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.city import CityProfile
from cim.crs import transformation
from cim.errors import BadManifest
from cim.local_grid import FourParameters, SecretCrs, local_grid
from cim.manifest import read_manifest

CITY = CityProfile("chongqing", "重庆", "Chongqing", "EPSG:4545", "1985", -36.0)
HEAD = '[city]\nslug="c"\nname_zh="城"\nname_en="C"\nvertical_datum="1985"\nellipsoid_offset_m=-36\n'
SOURCE = '[[source]]\nname="s"\nkind="pipe_survey"\npath="s.xlsx"\n'
SECRETS = {"dx": 351234.567, "dy": 3198765.432, "rotation": 0.713579, "scale": 1.0000246813}
SECRET_FILE = 'to = "EPSG:4545"\n' + "".join(f"{name} = {value}\n" for name, value in SECRETS.items())

parameters = st.builds(
    FourParameters, st.floats(-1e6, 1e6), st.floats(-4e6, 4e6), st.floats(-180, 180), st.floats(0.999, 1.001)
)


@given(parameters, st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_four_parameters_do_what_the_docs_say(four: FourParameters, east: float, north: float) -> None:
    """Written out here by complex numbers, as PROJ's matrix is written in ours."""
    grid = local_grid(pyproj.CRS("EPSG:4545"), four, "grid")
    turned = complex(east, north) * four.scale * complex(math.cos(math.radians(four.rotation)),
                                                         math.sin(math.radians(four.rotation)))  # fmt: skip
    way = transformation(grid.to_wkt(), CITY, Path("survey.xlsx"))
    found = way.plane(np.array([east]), np.array([north]))
    # PROJ writes a cosine of 0.9999999995 as 1: 0.1 mm at 100 km.
    assert (found[0][0], found[1][0]) == pytest.approx((four.dx + turned.real, four.dy + turned.imag), abs=1.1e-4)
    assert np.allclose(way.source_plane(*found), ([east], [north]), atol=1e-5)


@pytest.mark.parametrize("rotation", [0.002, -0.0025, 5e-8, 90.002, 179.998])
def test_a_grid_that_is_hardly_turned_lies_where_it_should(rotation: float) -> None:
    """Far from its origin's zero, where PROJ's shortened cosine would move all by millimetres."""
    test_four_parameters_do_what_the_docs_say.hypothesis.inner_test(
        FourParameters(500_000.0, 3_800_000.0, rotation, 1.0), 20_000.0, 30_000.0
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_citys_own_grid_is_told_in_the_manifest(tmp_path) -> None:
    city = HEAD + '[city.grid]\nto="EPSG:4545"\ndx=100000\ndy=-200000\nrotation_arcsec=3600\nscale_ppm=10\n'
    profile = read_manifest(write(tmp_path, city)).profile
    assert profile.projection.type_name == "Derived Projected CRS"
    assert profile.srid == 990001
    way = transformation("EPSG:4545", profile, Path("x"))
    x, y = way.plane(np.array([100000.0]), np.array([-200000.0]))
    assert (x[0], y[0]) == pytest.approx((0.0, 0.0), abs=1e-6)
    x, y = way.plane(
        np.array([100000.0 + math.cos(math.radians(1))]), np.array([-200000.0 + math.sin(math.radians(1))])
    )
    assert (x[0], y[0]) == pytest.approx((1 / 1.00001, 0.0), abs=1e-6)


def secret_source(folder: Path, mode: int = 0o600, content: str = SECRET_FILE) -> Path:
    (folder / "grid.toml").write_text(content)
    (folder / "grid.toml").chmod(mode)
    source = SOURCE + '[source.grid]\nparameters_file = "grid.toml"\n'
    return write(folder, HEAD.replace("[city]", '[city]\ncrs="EPSG:4545"') + source)


def test_secret_parameters_are_used_and_never_shown(tmp_path) -> None:
    manifest = read_manifest(secret_source(tmp_path))
    crs = manifest.sources[0].crs
    way = transformation(crs, manifest.profile, Path("s.xlsx"))
    x, y = way.plane(np.array([0.0]), np.array([0.0]))
    assert (x[0], y[0]) == pytest.approx((SECRETS["dx"], SECRETS["dy"]), abs=1e-5)
    shown = " ".join([repr(manifest), str(crs), repr(way), str(way.pipeline), str(way.crs)])
    for value in SECRETS.values():
        assert str(value)[:7] not in shown
    # Worker processes get it whole.
    again = pickle.loads(pickle.dumps(crs))  # noqa: S301 - our own, as a process pool would do it
    assert isinstance(again, SecretCrs)
    assert again.projection == crs.projection


def test_a_grid_that_is_a_projection_of_its_own(tmp_path) -> None:
    proj = "+proj=tmerc +lat_0=0 +lon_0=106.5321 +k=1 +x_0=50000 +y_0=-3000000 +ellps=GRS80 +units=m"
    manifest = read_manifest(secret_source(tmp_path, content=f'to = "{proj}"\n'))
    way = transformation(manifest.sources[0].crs, manifest.profile, Path("s"))
    x, _ = way.plane(np.array([50000.0]), np.array([270000.0]))
    back = pyproj.Transformer.from_crs("EPSG:4545", "EPSG:4490", always_xy=True).transform(x[0], 3270000.0)
    assert back[0] == pytest.approx(106.5321, abs=2e-4)
    assert "106.5321" not in repr(manifest) + repr(way)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620])
def test_a_file_that_others_can_use_is_refused(tmp_path, mode: int) -> None:
    with pytest.raises(BadManifest, match="chmod 600"):
        read_manifest(secret_source(tmp_path, mode))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SECRET_FILE.replace("dx", "dX"), "dx is missing"),
        (SECRET_FILE + "tilt = 351234.567\n", "tilt is not known"),
        (SECRET_FILE.replace(str(SECRETS["scale"]), str(SECRETS["dx"])), "scale is not near 1"),
        (SECRET_FILE.replace(str(SECRETS["dy"]), f'"{SECRETS["dy"]}"'), "dy is no number"),
        (SECRET_FILE.replace("EPSG:4545", "+proj=351234.567"), "PROJ does not know"),
        (SECRET_FILE.replace("EPSG:4545", "EPSG:4490"), "projected CRS in metres"),
        (SECRET_FILE + "351234.567 3198765.432", "not readable as TOML"),
        (SECRET_FILE + "rotation_arcsec = 3\n", "say the same"),
    ],
)
def test_what_is_wrong_with_secret_parameters_is_told_without_them(tmp_path, content: str, words: str) -> None:
    with pytest.raises(BadManifest, match=words) as caught:
        read_manifest(secret_source(tmp_path, content=content))
    chain = f"{caught.value} {caught.value.__cause__}"
    assert "351234" not in chain
    assert "3198765" not in chain


def test_the_citys_own_crs_cannot_be_secret(tmp_path) -> None:
    (tmp_path / "grid.toml").write_text(SECRET_FILE)
    (tmp_path / "grid.toml").chmod(0o600)
    with pytest.raises(BadManifest, match=r"cannot be secret: give the city a public CRS"):
        read_manifest(write(tmp_path, HEAD + '[city.grid]\nparameters_file="grid.toml"\n'))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + 'crs="EPSG:4545"\n[city.grid]\nto="EPSG:4545"\ndx=1\ndy=1\n', "both say the CRS"),
        (HEAD + "grid = 3\n", "give a table"),
        (HEAD + "[city.grid]\ndx=1\ndy=1\n", "name the known projected CRS"),
        (HEAD + 'crs="EPSG:4545"\n' + SOURCE + 'grid={parameters_file="none.toml"}\n', "cannot be read"),
        (HEAD + 'crs="EPSG:4545"\n' + SOURCE + "grid={parameters_file=3}\n", "give the path"),
        (HEAD + 'crs="EPSG:4545"\nextent=[1,2,3]\n', "west, south, east, north"),
        (HEAD + 'crs="EPSG:4545"\nextent=[107,29,106,30]\n', "west, south, east, north"),
        (HEAD + 'crs="EPSG:4545"\n' + SOURCE + 'vertical_datum="吴淞"\n', "differs from place to place"),
    ],
)
def test_bad_tables_end_in_one_line(tmp_path, text: str, words: str) -> None:
    with pytest.raises(BadManifest, match=words):
        read_manifest(write(tmp_path, text))


@pytest.mark.parametrize(
    ("said", "offset_m"),
    [('vertical_datum="1956黄海高程系"', -0.029), ('vertical_datum="1985国家高程基准"', 0.0),
     ('vertical_datum="吴淞高程"\nheight_offset_m=-1.87', -1.87),
     ('vertical_datum="1956"\nheight_offset_m=-0.031', -0.031), ("", 0.0)],
)  # fmt: skip
def test_vertical_datums_lead_to_the_offset_that_a_load_records(tmp_path, said: str, offset_m: float) -> None:
    head = HEAD.replace("[city]", '[city]\ncrs="EPSG:4545"\nextent=[106, 29, 107, 30]')
    manifest = read_manifest(write(tmp_path, head + SOURCE + said))
    assert manifest.sources[0].height_offset_m == offset_m
    assert manifest.profile.extent == (106.0, 29.0, 107.0, 30.0)
