"""The same seed gives the same city; the digest sees records and nothing else."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest

from cim.etl.sample.canonical import canonical_hash
from cim.etl.sample.generate import write_city


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_city(folder, 80, 3)
    return folder


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "copy"))


def test_same_seed_same_city(small: Path, tmp_path: Path) -> None:
    write_city(tmp_path, 80, 3)
    assert canonical_hash(tmp_path) == canonical_hash(small)
    # Byte for byte, so that a loader takes a second run for unchanged.
    for path in sorted(small.rglob("*")):
        assert path.is_dir() or (tmp_path / path.relative_to(small)).read_bytes() == path.read_bytes(), path.name


def test_another_seed_another_city(small: Path, tmp_path: Path) -> None:
    write_city(tmp_path, 80, 4)
    assert canonical_hash(tmp_path) != canonical_hash(small)


def test_writing_over_a_larger_city_leaves_nothing_of_it(small: Path, tmp_path: Path) -> None:
    write_city(tmp_path, 120, 9)
    write_city(tmp_path, 80, 3)
    assert canonical_hash(tmp_path) == canonical_hash(small)


def test_packing_does_not_count(small: Path, copied: Path) -> None:
    book = copied / "pipes" / "JS.xlsx"
    with zipfile.ZipFile(book) as packed:
        parts = [(name, packed.read(name)) for name in packed.namelist()]
    with zipfile.ZipFile(book, "w", zipfile.ZIP_STORED) as repacked:
        for name, content in parts:
            repacked.writestr(zipfile.ZipInfo(name, (2031, 1, 2, 3, 4, 6)), content)
    os.utime(copied / "terrain.tif", (0, 0))
    register = copied / "registers" / "tree.gpkg"
    frame = gpd.read_file(register)
    register.unlink()
    frame.to_file(register, layer="tree", driver="GPKG")
    assert canonical_hash(copied) == canonical_hash(small)


@pytest.mark.parametrize("name", ["registers/tree.gpkg", "registers/service_connection.csv", "buildings.city.jsonl"])
def test_a_changed_record_counts(small: Path, copied: Path, name: str) -> None:
    path = copied / name
    if path.suffix == ".gpkg":
        frame = gpd.read_file(path)
        frame.loc[5, "height_m"] += 0.1
        path.unlink()
        frame.to_file(path, layer="tree", driver="GPKG")
    else:
        text = path.read_text(encoding="utf-8")
        assert "residential" in text or "register" in text
        path.write_text(text.replace("residential", "office", 1).replace("register", "nearest", 1), encoding="utf-8")
    assert canonical_hash(copied) != canonical_hash(small)
