"""One year examined by two systems: each keeps its newest run, and either can be asked for."""

from __future__ import annotations

import json

from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.overview import newest, overview, systems
from cim.analytics.examination.register_file import load_register
from cim.viewer import OPERATOR


def test_two_systems_of_one_year_stand_side_by_side(tiny_city, tmp_path) -> None:
    every = load_register("national-2024").indicators

    def examine(name: str, *kept: str):
        text = {"system": name, "title": {"zh": name, "en": name}, "year": 2026, "base": "national-2024"}
        path = tmp_path / f"{name}.yaml"
        path.write_text(json.dumps(text | {"leave_out": sorted(set(every) - set(kept))}), encoding="utf-8")
        return examine_city(tiny_city, OPERATOR, 2026, system=str(path))

    first, _ = examine("one", "C11", "D37")
    second, _ = examine("other", "D37", "B26")
    # The first has been answered, and is not computed again because of the second.
    assert examine("one", "C11", "D37") == (first, False)

    def run_of(**asked) -> int:
        return newest(tiny_city, OPERATOR, 2026, **asked).run["run_id"]

    assert (run_of(), run_of(system="one"), run_of(system="other")) == (second, first, second)
    assert (run_of(code="C11"), run_of(code="D37"), run_of(code="B26")) == (first, second, second)
    assert newest(tiny_city, OPERATOR, 2026, system="third") is None
    assert [(row["system"], row["run_id"]) for row in systems(tiny_city, OPERATOR, 2026)] == [
        ("other", second),
        ("one", first),
    ]
    told = overview(tiny_city, OPERATOR, newest(tiny_city, OPERATOR, system="one"))
    assert [each["code"] for each in told] == ["C11", "D37"]
