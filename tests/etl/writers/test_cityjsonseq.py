"""CityJSONSeq: what is exported and loaded again has not changed, and other readers see the same city."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[2] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_3dbag_comes_back_unchanged(loaded, slug, real_data, tmp_path, cityjson):
    city = loaded(real_cities.bag(tmp_path, real_data, slug))
    for source in city.manifest.sources:
        file = f"{source.name}.out.city.jsonl"
        report = city.export("cityjsonseq", file, sources=(source.name,))
        header, *features = lines_of(tmp_path / file)
        assert header["transform"]["scale"] == [0.001] * 3
        assert header["metadata"]["referenceSystem"].endswith("/7415")
        assert "CC-BY-4.0" in header["metadata"]["title"]
        original = lines_of(source.path)[1:]
        kinds = kinds_of(original)
        assert kinds_of(features) == kinds
        assert report.written["building"] == kinds.total()
        assert city.again(source.name, "cityjson", file) == (0, 0, 0, kinds.total())
        read = cityjson.CityJSON(j=header)
        for feature in features:
            read.add_cityjsonfeature(feature)
        assert read.number_city_objects_level1() == len(original)


def kinds_of(features):
    return Counter(body["type"] for feature in features for body in feature["CityObjects"].values())


@pytest.mark.parametrize(("make", "crs"), [(real_cities.delft, None), (real_cities.rotterdam, "EPSG:28992")])
def test_models_come_back_unchanged(loaded, slug, real_data, tmp_path, make, crs):
    path = make(tmp_path, real_data, slug)
    if crs:
        path.write_text(path.read_text(encoding="utf-8") + f"crs = '{crs}'\n", encoding="utf-8")
    city = loaded(path)
    report = city.export("cityjsonseq", "out.city.jsonl")
    assert city.again(make.__name__, "cityjson", "out.city.jsonl") == (0, 0, 0, sum(report.written.values()))
