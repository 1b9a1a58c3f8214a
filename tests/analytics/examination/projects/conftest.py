"""The tiny town in a database that the tests of a module share."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.register_file import load_register
from cim.city import CityProfile, create_city
from cim.store import Store
from cim.viewer import OPERATOR

_GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
_KEPT = {"C11", "B26", "H07", "D56", "D37"}


@pytest.fixture(scope="module")
def town(cluster, draw, publish, tmp_path_factory) -> Iterator[Store]:
    """The town, examined for homes without lifts, care for the old, parks, shelters and streets."""
    profile = CityProfile(
        "test_projects", "测试城（合成数据）", "Test city (synthetic)", _GRID, "1985", -36.0, synthetic=True
    )
    create_city(cluster, profile)
    register = load_register("national-2024")
    text = {"system": "few", "title": {"zh": "少数", "en": "Few"}, "year": 2026, "base": "national-2024"}
    path = tmp_path_factory.mktemp("system") / "few.yaml"
    path.write_text(json.dumps(text | {"leave_out": sorted(set(register.indicators) - _KEPT)}), encoding="utf-8")
    with Store.open(cluster, profile.slug) as store:
        for theme, drawn in draw.town().items():
            draw.publish(store, publish, theme, drawn)
        examine_city(store, OPERATOR, 2026, system=str(path))
        yield store
    cluster.drop_database(profile.database)
