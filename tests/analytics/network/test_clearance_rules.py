"""The tables of rules: ours say what they are worth, a city's own take their place, faults are named by row."""

from __future__ import annotations

import csv
import re
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from cim.analytics.errors import BadRules
from cim.analytics.network.clearance.pipe_classes import pipe_classes
from cim.analytics.network.rules.tables import CLASSES, PIPES, TABLES, load_rules

RULES = load_rules()


def asked(table, a, b, level=0):
    number = table.index[CLASSES.index(a), CLASSES.index(b), level]
    return table.rules[number].required_m if number >= 0 else None


def test_values_that_were_read_stand_in_the_tables() -> None:
    """Those that a secondary source states of the print itself (confidence V)."""
    horizontal = RULES.horizontal
    read = [
        ("water_le200", 1.0),
        ("water_gt200", 1.5),
        ("gas_low", 1.0),
        ("gas_midA", 1.2),
        ("gas_subA", 2.0),
        ("building", 2.5),
    ]
    for other, metres in read:
        assert asked(horizontal, "sewer_storm", other) == asked(horizontal, other, "sewer_storm") == metres
        number = horizontal.index[CLASSES.index("sewer_storm"), CLASSES.index(other), 0]
        assert horizontal.rules[number].confidence == "V"
    assert asked(RULES.vertical, "water_gt200", "sewer_storm") == 0.4
    assert asked(RULES.vertical, "gas_midA", "water_le200") == 0.15


def test_larger_pipes_have_values_of_their_own() -> None:
    assert [asked(RULES.horizontal, "gas_midA", "gas_low", level) for level in (0, 1)] == [0.4, 0.5]
    assert [asked(RULES.horizontal, "power_buried", "tel_buried", level) for level in (0, 1)] == [0.5, 2.0]
    assert [asked(RULES.horizontal, "water_le200", "gas_low", level) for level in (0, 1)] == [0.5, 0.5]
    assert asked(RULES.horizontal, "water_le200", "water_le200") is None


def test_tables_are_symmetric_and_unverified() -> None:
    for table in (RULES.horizontal, RULES.vertical):
        assert np.array_equal(table.index, table.index.transpose(1, 0, 2))
        assert {rule.status for rule in table.rules} == {"unverified"}
        assert {rule.confidence for rule in table.rules} <= {"V", "V-medium", "S", "X", "R"}
    assert all(asked(RULES.horizontal, name, "building") for name in PIPES)
    assert not RULES.replaced


def test_every_row_names_its_source() -> None:
    for name in TABLES:
        text = (resources.files("cim.analytics.network.rules") / f"{name}.csv").read_text(encoding="utf-8")
        assert all(row["source"] and row["status"] == "unverified" for row in csv.DictReader(text.splitlines())), name


def test_a_city_replaces_a_table(tmp_path) -> None:
    (tmp_path / "clearance_horizontal.csv").write_text(
        "a,b,when,min_clear_m,clause,confidence,status\nwater_le200,sewer_storm,,2.0,DB50 5.1,V,verified\n",
        encoding="utf-8-sig",
    )
    rules = load_rules(tmp_path)
    assert rules.replaced == ["clearance_horizontal"]
    assert asked(rules.horizontal, "water_le200", "sewer_storm") == 2.0
    assert asked(rules.horizontal, "water_le200", "building") is None
    assert asked(rules.vertical, "water_le200", "sewer_storm") == 0.4
    assert rules.digest != RULES.digest
    assert load_rules(tmp_path / "nothing").digest == RULES.digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b,when,min_clear_m,clause,confidence\n", "line 1: column status is missing"),
        ("a,b,when,min_clear_m,clause,confidence,status\nw,s,,wide,c,V,x\n", "line 2: 'wide' is no number"),
        ("a,b,when,min_clear_m,clause,confidence,status\nw,s,dn>5,1,c,V,x\n", "line 2: when='dn>5' is not known"),
        ("a,b,when,min_clear_m,clause,confidence,status\nw,s,,-1,c,V,x\n", "line 2: '-1' is out of range"),
    ],
)
def test_faults_are_named_by_row(tmp_path, text, told) -> None:
    (tmp_path / "clearance_vertical.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadRules, match="clearance_vertical.csv, " + told.replace("(", r"\(")):
        load_rules(tmp_path)


PAIR = "a,b,when,min_clear_m,clause,confidence,status\n"
ZONE = "network,when,zone,from_m,to_m,asks_zh,asks_en,status\n"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("clearance_horizontal", PAIR + "water_le200,gas_typo,,1,c,V,x\n", "b='gas_typo' is not known: use one of"),
        ("clearance_horizontal", PAIR + "water,gas_low,,1,c,V,x\n", "a='water' is not known: use one of water_le200"),
        ("clearance_vertical", PAIR + "water_le200,gas,,1,c,V,x\n", "a='water_le200' is not known: use one of water, "),
        ("protection_zones", ZONE + "naturalgas,,control,0,5,z,e,x\n", "network='naturalgas' is not known: use one of"),
        ("protection_zones", ZONE + "gas,,protect,0,5,z,e,x\n", "zone='protect' is not known: use one of protection"),
        ("protection_zones", ZONE + "gas,dn>300,control,0,5,z,e,x\n", "when='dn>300' is read by nobody: leave it"),
        ("protection_zones", ZONE + "gas,,control,5,5,z,e,x\n", "from_m=5 is not below to_m=5: mend"),
        (
            "clearance_cover",
            "category,footway_m,carriageway_m,clause,confidence,status\ngas_low,1,1,c,V,x\n",
            "category='gas_low' is not known: use one of water, ",
        ),
        (
            "clearance_tolerance",
            "method,plan_m,plan_share,depth_m,depth_share,least_depth_m\nradar,1,0,1,0,1\n,1,0,1,0,1\n",
            "method='radar' is not known: use one of open",
        ),
        ("digging_ban", "event,years,clause_zh,clause_en,status\nbuild,5,z,e,x\n", "event='build' is not known: use "),
        (
            "gas_migration",
            "what,network,kinds,within_m,why_zh,why_en,status\nsewer,sewer,,5,z,e,x\n",
            "network='sewer' is not known: use one of water, ",
        ),
        (
            "rail_zones",
            "theme,kinds,zone,from_m,to_m,asks_zh,asks_en,status\nfacilities,metro_station,a,0,5,z,e,x\n",
            "theme='facilities' is not known: use one of facility, ",
        ),
    ],
)  # fmt: skip
def test_a_row_that_nobody_would_read_is_refused(tmp_path, name, text, told) -> None:
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadRules, match=re.escape(f"{name}.csv, line 2: {told}")):
        load_rules(tmp_path)


def test_a_class_without_data_is_no_fault(tmp_path) -> None:
    (tmp_path / "clearance_horizontal.csv").write_text(PAIR + "water_le200,railway,,1,c,V,x\n", encoding="utf-8")
    assert load_rules(tmp_path).replaced == ["clearance_horizontal"]


def pipes(**columns):
    names = ("class_code", "kind", "burial", "diameter_mm", "pressure_mpa", "pressure_raw", "voltage_kv")
    numbers = ("diameter_mm", "pressure_mpa", "voltage_kv")
    blank = {name: np.nan if name in numbers else None for name in names}
    return pd.DataFrame({**blank, **columns})


def test_classes_of_pipes() -> None:
    told = [
        ("water", {"diameter_mm": 200.0}, "water_le200"),
        ("water", {"diameter_mm": 201.0}, "water_gt200"),
        ("water", {"class_code": "ZS", "diameter_mm": 300.0}, "reclaimed"),
        ("combined", {}, "sewer_storm"),
        ("gas", {"pressure_mpa": 0.01}, "gas_low"),
        ("gas", {"pressure_mpa": 0.2}, "gas_midB"),
        ("gas", {"pressure_mpa": 0.4}, "gas_midA"),
        ("gas", {"pressure_mpa": 0.8}, "gas_subB"),
        ("gas", {"pressure_mpa": 1.6}, "gas_subA"),
        ("gas", {"pressure_raw": "中压 A"}, "gas_midA"),
        ("heat", {"burial": "direct"}, "heat_buried"),
        ("heat", {"burial": "trench"}, "trench"),
        ("power", {"burial": "direct"}, "power_buried"),
        ("power", {"burial": "duct_block"}, "power_conduit"),
        ("telecom", {"burial": "direct"}, "tel_buried"),
        ("telecom", {"kind": "duct"}, "tel_conduit"),
        ("water", {"burial": "overhead", "diameter_mm": 100.0}, None),
        ("industrial", {}, None),
    ]
    frame = pipes(network=[network for network, _, _ in told])
    for place, (_, columns, _) in enumerate(told):
        for name, value in columns.items():
            frame[name] = frame[name].astype(object)
            frame.loc[place, name] = value
    for name in ("diameter_mm", "pressure_mpa", "voltage_kv"):
        frame[name] = frame[name].astype(float)
    classes = pipe_classes(frame)
    assert [CLASSES[code] if code >= 0 else None for code in classes.code] == [name for _, _, name in told]
    assert classes.left_out["clearance_not_buried"] == 1
    assert classes.left_out["clearance_no_class"] == 1


def test_what_is_not_known_asks_for_less_and_is_counted() -> None:
    classes = pipe_classes(pipes(network=["water", "gas", "power"]))
    assert [CLASSES[code] for code in classes.code] == ["water_le200", "gas_low", "power_conduit"]
    assert [CLASSES[code] for code in classes.stricter] == ["water_gt200", "gas_subA", "power_buried"]
    counted = {name: classes.left_out[f"clearance_{name}_unknown"] for name in ("size", "pressure", "burial")}
    assert counted == {"size": 1, "pressure": 1, "burial": 1}


def test_the_larger_ones_are_marked() -> None:
    frame = pipes(network=["gas", "gas", "power", "power"])
    frame["diameter_mm"] = [300.0, 315.0, np.nan, np.nan]
    frame["voltage_kv"] = [np.nan, np.nan, 10.0, 35.0]
    assert pipe_classes(frame).larger.tolist() == [False, True, False, True]
