"""Sample cities as files, read back with libraries that did not write them."""

from __future__ import annotations

import fcntl
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from cim.etl.sample import plan
from cim.etl.sample.generate import write_city

NETWORKS = {"water": "JS", "storm": "YS", "sewage": "WS", "gas": "RQ", "power": "DL", "telecom": "TX", "heat": "RL"}
GRAVITY = ("storm", "sewage")


@dataclass(frozen=True)
class Files:
    """A sample city's folder."""

    folder: Path

    def register(self, theme: str) -> gpd.GeoDataFrame:
        """Read a register."""
        return gpd.read_file(self.folder / "registers" / f"{theme}.gpkg", layer=theme)

    def table(self, theme: str) -> pd.DataFrame:
        """Read a register that is a CSV file."""
        return pd.read_csv(self.folder / "registers" / f"{theme}.csv")

    @cached_property
    def pipes(self) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Point and line table of each network."""
        return {name: self._survey(prefix) for name, prefix in NETWORKS.items()}

    def _survey(self, prefix: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        book = openpyxl.load_workbook(self.folder / "pipes" / f"{prefix}.xlsx", read_only=True)
        frames = []
        for name in (f"{prefix}管点表", f"{prefix}管线表"):
            frames.append(_frame(book[name].iter_rows(values_only=True)))
        return frames[0], frames[1]

    @cached_property
    def features(self) -> list[dict]:
        """Features of the buildings' sequence."""
        return self.lines("buildings.city.jsonl")[1:]

    @cached_property
    def transform(self) -> tuple[np.ndarray, np.ndarray]:
        """Scale and translation of the buildings' sequence."""
        said = self.lines("buildings.city.jsonl")[0]["transform"]
        return np.array(said["scale"]), np.array(said["translate"])

    def lines(self, name: str) -> list[dict]:
        """Lines of a sequence, the header first."""
        return [json.loads(line) for line in (self.folder / name).read_text(encoding="utf-8").splitlines()]

    def places(self, feature: dict) -> np.ndarray:
        """Corners of a feature in city coordinates."""
        scale, translate = self.transform
        return np.array(feature["vertices"]) * scale + translate

    @cached_property
    def plans(self) -> gpd.GeoSeries:
        """LoD0 footprint of each building, by key."""
        found = {}
        for feature in self.features:
            thing = feature["CityObjects"][feature["id"]]
            ring = next(g for g in thing["geometry"] if g["lod"] == "0")["boundaries"][0][0]
            found[feature["id"]] = shapely.Polygon(self.places(feature)[ring][:, :2])
        return gpd.GeoSeries(found)

    @cached_property
    def manifest(self) -> dict:
        """city.toml."""
        return tomllib.loads((self.folder / "city.toml").read_text(encoding="utf-8"))

    @cached_property
    def faults(self) -> list[dict]:
        """What was planted."""
        return json.loads((self.folder / "planted_faults.json").read_text(encoding="utf-8"))


def _frame(rows) -> pd.DataFrame:
    header = next(rows)
    return pd.DataFrame([row + (None,) * (len(header) - len(row)) for row in rows], columns=list(header))


@pytest.fixture(scope="session")
def planted(sample_dir) -> Files:
    """A district of 300 buildings with faults: the city that other tests load."""
    return Files(sample_dir)


@pytest.fixture(scope="session")
def clean_district(run_root) -> Files:
    """The same without faults, written once a run."""
    return _written_once(run_root, "clean-district", 300, district=1400)


@pytest.fixture(scope="session", params=["one district", "four districts"])
def clean(request, run_root) -> Files:
    """A city without faults: a district, or four small ones that share streets and pipes."""
    if request.param == "one district":
        return request.getfixturevalue("clean_district")
    return _written_once(run_root, "clean-districts", 320, district=80)


def _written_once(run_root: Path, name: str, buildings: int, *, district: int) -> Files:
    """Write a city without faults, unless another worker has."""
    folder, written = run_root / name, run_root / f"{name}.written"
    with (run_root / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not written.exists():
            folder.mkdir(exist_ok=True)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(plan, "LARGEST_DISTRICT", district)
                write_city(folder, buildings, 7, clean=True)
            written.touch()
    return Files(folder)
