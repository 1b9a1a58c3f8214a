"""References: keys of other records become their stable ids, or are told of."""

from __future__ import annotations

import pandas as pd
import pytest

from cim.errors import BadSource


@pytest.fixture
def book(town):
    """Write a CSV register into the town and add it as a source."""

    def write(theme, text, name=None):
        (town.folder / f"{name or theme}.csv").write_text(text, encoding="utf-8")
        source = {"crs": "EPSG:4545"} if "wkt" in text or ",x," in text else {}
        town.source(name or theme, "register", f"{name or theme}.csv", options={"theme": theme}, **source)

    return write


NODES = "key,network,wkt\nn1,water,POINT Z (0 0 1)\nn2,water,POINT Z (9 0 1)\n"


def pipes(*ends):
    rows = [f'p{number},water,{a},{b},"LINESTRING Z (0 0 1, 9 0 1)"' for number, (a, b) in enumerate(ends)]
    return "\n".join(["key,network,start_node_key,end_node_key,wkt", *rows]) + "\n"


def ids(town, theme):
    return {key: row["feature_id"] for key, row in town.by_key(theme).items()}


def test_units_refer_to_units_of_the_same_file_in_any_order(town, book):
    box = '"POLYGON ((0 0, 9 0, 9 9, 0 0))"'
    book("admin_unit", f"key,level,name,parent_key,wkt\nc,community,丙,s,{box}\ns,subdistrict,乙,,{box}\n")
    town.load()
    units = town.by_key("admin_unit")
    assert units["c"]["parent_id"] == units["s"]["feature_id"]
    assert units["s"]["parent_id"] is None


def test_segments_refer_to_nodes_of_another_source(town, book):
    book("pipe_node", NODES)
    book("pipe_segment", pipes(("n1", "n2")))
    town.load()
    nodes, segment = ids(town, "pipe_node"), town.by_key("pipe_segment")["p0"]
    assert (segment["start_node_id"], segment["end_node_id"]) == (nodes["n1"], nodes["n2"])


def test_segments_without_their_nodes_are_refused(town, book):
    book("pipe_node", NODES)
    book("pipe_segment", pipes(("n1", "n2"), ("n1", "n9"), ("", "n2"), ("n2", "n1"), ("n1", "n2")))
    report = town.load()["pipe_segment"]
    assert report.tally.errors == {"reference.unresolved": 2}
    assert sorted(town.by_key("pipe_segment")) == ["p0", "p3", "p4"]
    told = town.rows("SELECT record, source_key, severity, reason, original FROM run.reject ORDER BY record")
    assert [(item["record"], item["source_key"], item["severity"], item["reason"]) for item in told] == [
        ("3", "p1", "error", "end_node names pipe_node 'n9', which is not there"),
        ("4", "p2", "error", "start_node is missing"),
    ]
    assert told[0]["original"]["end_node_id"] == "n9"


def test_a_link_that_leads_nowhere_is_kept_with_a_remark(town, book):
    book("pipe_node", NODES)
    book("service_connection", "key,network,node_key,building_key\na,water,n1,b9\nb,water,n2,\n")
    report = town.load()["service_connection"]
    assert report.tally.warnings == {"reference.unresolved": 1}
    assert report.tally.refused == 0
    services = town.by_key("service_connection")
    assert services["a"]["node_id"] == ids(town, "pipe_node")["n1"]
    assert services["a"]["building_id"] is None
    assert town.one("SELECT reason FROM run.reject") == "building names building 'b9', which is not there"


def test_a_link_is_found_when_what_it_names_has_come(town, book, houses):
    book("facility", "key,kind,building_key,x,y,z\nf,school,a,500001,3270001,1\n")
    town.load()
    assert town.by_key("facility")["f"]["building_id"] is None
    town.write_layer("houses.gpkg", houses)
    town.source("houses", "footprints", "houses.gpkg", options={"columns": {"key": "id"}})
    # The register has not changed, but what it names has come.
    report = town.load()["facility"]
    assert [report.outcome.total(what) for what in ("added", "changed")] == [0, 1]
    assert town.by_key("facility")["f"]["building_id"] == ids(town, "building")["a"]
    assert town.load()["facility"].status == "unchanged"


def test_sources_may_stand_in_any_order(town, book, houses):
    """Each refers to the one after it: the first two are refused, or left open, until the others are there."""
    book("pipe_break", "key,segment_key,broke_on,x,y,z\nb,p0,2020-01-01,1,0,1\n")
    book("pipe_segment", pipes(("n1", "n2")))
    book("pipe_node", NODES)
    town.load()
    segment, nodes = town.by_key("pipe_segment")["p0"], ids(town, "pipe_node")
    assert (segment["start_node_id"], segment["end_node_id"]) == (nodes["n1"], nodes["n2"])
    assert town.by_key("pipe_break")["b"]["segment_id"] == segment["feature_id"]
    assert {report.status for report in town.load().values()} == {"unchanged"}


def test_a_source_whose_references_lead_nowhere_is_refused_in_the_end(town, book):
    book("pipe_segment", pipes(("n1", "n8"), ("n8", "n2")))
    book("pipe_node", NODES)
    with pytest.raises(BadSource, match=r"2 of 2 records are refused, 2 for reference\.unresolved"):
        town.load()
    assert sorted(town.by_key("pipe_node")) == ["n1", "n2"]


def test_a_link_to_what_has_gone_is_taken_back(town, book, houses):
    town.write_layer("houses.gpkg", houses)
    town.source("houses", "footprints", "houses.gpkg", options={"columns": {"key": "id"}})
    book("facility", "key,kind,building_key,x,y,z\nf,school,a,500001,3270001,1\n")
    town.load()
    assert town.by_key("facility")["f"]["building_id"] is not None
    town.write_layer("houses.gpkg", houses.iloc[1:])
    town.load()
    assert town.by_key("facility")["f"]["building_id"] is None


def test_a_change_that_moves_no_link_loads_nothing_again(town, book, houses):
    town.write_layer("houses.gpkg", houses)
    town.source("houses", "footprints", "houses.gpkg", options={"columns": {"key": "id"}})
    book("facility", "key,kind,building_key,x,y,z\nf,school,a,500001,3270001,1\n")
    town.load()
    town.write_layer("houses.gpkg", houses.assign(name="new"))
    assert town.load()["facility"].status == "unchanged"
    assert town.one("SELECT count(*) FROM run.load") == 3


def test_what_was_removed_is_not_referred_to(town, book):
    more = NODES + "n3,water,POINT Z (9 9 1)\nn4,water,POINT Z (0 9 1)\n"
    book("pipe_node", more)
    town.load()
    book("pipe_node", more.replace("n2,water,POINT Z (9 0 1)\n", ""))
    book("pipe_segment", pipes(("n1", "n3"), ("n1", "n2"), ("n3", "n4")))
    assert town.load()["pipe_segment"].tally.errors == {"reference.unresolved": 1}


def test_of_several_sources_the_one_of_precedence(town, book, houses):
    for name, precedence in (("first", 50), ("second", 10), ("third", 90)):
        town.write_layer(f"{name}.gpkg", houses.assign(name=name))
        town.source(name, "footprints", f"{name}.gpkg", precedence=precedence, options={"columns": {"key": "id"}})
    book("facility", "key,kind,building_key,x,y,z\nf,school,a,500001,3270001,1\n")
    town.load()
    query = """SELECT b.name FROM city.facility_current f JOIN city.building_current b
               ON b.feature_id = f.building_id"""
    assert town.one(query) == "second"


def test_a_key_in_several_sources_of_equal_precedence_is_not_guessed(town, book, houses):
    for name in ("first", "second"):
        town.write_layer(f"{name}.gpkg", houses.assign(name=name))
        town.source(name, "footprints", f"{name}.gpkg", options={"columns": {"key": "id"}})
    book("facility", "key,kind,building_key,x,y,z\nf,school,a,500001,3270001,1\n")
    report = town.load()["facility"]
    assert report.tally.warnings == {"reference.ambiguous": 1}
    assert town.by_key("facility")["f"]["building_id"] is None
    (told,) = town.rows("SELECT reason, remedy FROM run.reject WHERE code = 'reference.ambiguous'")
    assert told["reason"] == "building names building 'a', which stands in first and in second"
    assert "lower precedence" in told["remedy"]
    town.sources[1]["precedence"] = 10
    town.load()
    query = "SELECT b.name FROM city.facility_current f JOIN city.building_current b ON b.feature_id = f.building_id"
    assert town.one(query) == "second"


def test_the_same_source_comes_before_any_other(town, new_town, tmp_path_factory):
    frame = pd.DataFrame({"level": ["district", "community"], "name": ["甲", "乙"], "parent_key": [None, "d"]})
    frame["geom"] = [town.square(0), town.square(1)]
    for name in ("one", "two"):
        town.write_layer(f"{name}.gpkg", frame.assign(key=["d", "c"]), layer="admin_unit")
        town.source(name, "register", f"{name}.gpkg", precedence=1 if name == "one" else 2)
    town.load()
    rows = town.rows(
        """SELECT f.source_id, p.source_id AS parents FROM city.admin_unit_current u
           JOIN city.feature f USING (feature_id) JOIN city.feature p ON p.feature_id = u.parent_id"""
    )
    assert len(rows) == 2
    assert all(row["source_id"] == row["parents"] for row in rows)
