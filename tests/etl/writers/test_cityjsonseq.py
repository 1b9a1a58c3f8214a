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


@pytest.mark.parametrize("name", ["3dbag_5908_99b", "3dbag_901_52b", "3dbag_5870_54b_ext"])
def test_3dbag_comes_back_unchanged(loaded, slug, real_data, tmp_path, cityjson, name):
    city = loaded(real_cities.bag(tmp_path, real_data, slug))
    report = city.export("cityjsonseq", "out.city.jsonl", sources=(name,))
    header, *features = lines_of(tmp_path / "out.city.jsonl")
    read = cityjson.CityJSON(j=json.loads(json.dumps(header)))
    for feature in lines_of(tmp_path / "out.city.jsonl")[1:]:
        read.add_cityjsonfeature(feature)
    assert read.number_city_objects_level1() == len(features)
    assert header["transform"]["scale"] == [0.001] * 3
    assert header["metadata"]["referenceSystem"].endswith("/7415")
    assert "CC-BY-4.0" in header["metadata"]["title"]
    original = lines_of(real_data / "citymodels" / f"{name}.city.jsonl")[1:]
    kinds = [
        Counter(body["type"] for item in some for body in item["CityObjects"].values()) for some in (original, features)
    ]
    assert kinds[0] == kinds[1]
    assert report.written["building"] == sum(kinds[0].values())
    assert city.again(name, "cityjson", "out.city.jsonl") == (0, 0, 0, sum(kinds[0].values()))


@pytest.mark.parametrize(("make", "crs"), [(real_cities.delft, None), (real_cities.rotterdam, "EPSG:28992")])
def test_models_come_back_unchanged(loaded, slug, real_data, tmp_path, make, crs):
    path = make(tmp_path, real_data, slug)
    if crs:
        path.write_text(path.read_text(encoding="utf-8") + f"crs = '{crs}'\n", encoding="utf-8")
    city = loaded(path)
    report = city.export("cityjsonseq", "out.city.jsonl")
    assert city.again(make.__name__, "cityjson", "out.city.jsonl") == (0, 0, 0, sum(report.written.values()))
