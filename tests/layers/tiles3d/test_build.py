"""From features in the database to a tree of tiles and its answers."""

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from cim.crs import earth_centred
from cim.errors import UnknownLayer, UnknownTile
from cim.layers.tiles3d import tileset
from cim.layers.tiles3d.build import build_tileset
from cim.layers.tiles3d.buildings import Buildings
from cim.layers.tiles3d.objects import Objects
from cim.layers.tiles3d.pipes import Pipes, networks
from cim.layers.tiles3d.sources import SOURCES, tile_source
from cim.viewer import LOCAL, OPERATOR, Viewer


@pytest.fixture
def street(database, town):
    """A city with the made-up street."""
    with town.Town(database) as made:
        town.fill(made)
    return database


@pytest.mark.parametrize("layer", ["buildings", "pipes-water", "pipes-sewage", "pipes-storm"])
def test_every_tile_is_sound(street, layer, examine, validated):
    build_tileset(street, LOCAL, tile_source(layer))
    seen = examine(street, layer)
    assert seen.problems == []
    assert seen.tiles >= 2
    assert validated(seen.contents) == []


def test_leaves_hold_every_building_where_it_stands(street, examine):
    build_tileset(street, LOCAL, Buildings())
    seen = examine(street, "buildings")
    rows = street.rows(LOCAL, "SELECT feature_id FROM city.building_current")
    assert sorted(seen.leaf_ids) == sorted(row["feature_id"] for row in rows)
    points = street.rows(
        LOCAL,
        "SELECT b.feature_id, ST_X(p.geom) AS x, ST_Y(p.geom) AS y, ST_Z(p.geom) AS z "
        "FROM city.building b JOIN city.building_lod l USING (version_id), LATERAL ST_DumpPoints(l.geom) p",
    )
    true = earth_centred(street.city, np.array([[row["x"], row["y"], row["z"]] for row in points]))
    owner = np.array([row["feature_id"] for row in points])
    for feature, shown in seen.corners.items():
        # Rounding to a centimetre moves a corner by at most 0.87 cm.
        assert cKDTree(true[owner == feature]).query(shown)[0].max() < 0.0088
        assert cKDTree(shown).query(true[owner == feature])[0].max() < 0.0088


def test_a_footprint_without_a_model_is_shown_as_its_block(street, town, examine):
    place = shapely.box(town.X0 + 300, town.Y0, town.X0 + 320, town.Y0 + 10)
    yard = place.difference(shapely.box(town.X0 + 305, town.Y0 + 3, town.X0 + 310, town.Y0 + 7))
    with town.Town(street) as more:
        shed, _ = more.add("building", shapely.MultiPolygon([yard]), block_base_m=231.0, block_top_m=237.5)
        more.add("building", shapely.MultiPolygon([place]))  # nobody knows how high
    built = build_tileset(street, LOCAL, Buildings())
    seen = examine(street, "buildings")
    assert (built.features, seen.problems) == (61, [])
    corners = shapely.get_coordinates(yard)
    true = np.vstack([np.column_stack([corners, np.full(len(corners), height)]) for height in (231.0, 237.5)])
    true = earth_centred(street.city, true)
    assert cKDTree(true).query(seen.corners[shed])[0].max() < 0.0088
    assert cKDTree(seen.corners[shed]).query(true)[0].max() < 0.0088


def test_attributes_travel_with_the_buildings(street, town, read_glb):
    build_tileset(street, LOCAL, Buildings())
    table = read_glb(tileset.tile_content(street, LOCAL, "buildings", "r0")).table
    first = table["name"].index(town.feature_name(town.X0, town.Y0 + 12.0))
    assert {name: values[first] for name, values in table.items() if name != "feature_id"} == {
        "parent_id": None,
        "name": "样例 0-12",
        "usage": "residential",
        "height_m": 9.0,
        "storeys": 2.0,
        "year": 1987,
    }


def test_a_second_build_does_nothing(street):
    first = build_tileset(street, LOCAL, Buildings())
    before = street.rows(LOCAL, "SELECT key, xmin::text AS written FROM layer.tile3d ORDER BY key")
    second = build_tileset(street, LOCAL, Buildings())
    assert (first.fresh, second.fresh) == (False, True)
    assert (second.tiles, second.features) == (first.tiles, first.features) == (2, 60)
    assert street.rows(LOCAL, "SELECT key, xmin::text AS written FROM layer.tile3d ORDER BY key") == before


def test_new_data_and_stale_tiles_are_built_anew(street, town):
    build_tileset(street, LOCAL, Buildings())
    with town.Town(street) as more:
        more.add_house(town.X0 + 300, town.Y0)
    assert build_tileset(street, LOCAL, Buildings()).features == 61
    with street.connection(OPERATOR) as connection:
        connection.execute("UPDATE layer.tile3d SET stale = true WHERE key = 'r0'")
    assert not build_tileset(street, LOCAL, Buildings()).fresh
    assert build_tileset(street, LOCAL, Buildings()).fresh


def test_changes_of_other_themes_leave_a_layer_as_it_is(street, town):
    build_tileset(street, LOCAL, Buildings())
    with town.Town(street) as more:
        more.add_node("gas", (town.X0, town.Y0, 228.0))
    assert build_tileset(street, LOCAL, Buildings()).fresh


def test_when_the_features_are_gone_so_are_the_tiles(street):
    build_tileset(street, LOCAL, Pipes("water"))
    with street.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET closed_by = load_id WHERE network = 'water'")
        connection.execute("UPDATE city.pipe_node SET closed_by = load_id WHERE network = 'water'")
        connection.execute("UPDATE city.pipe_device SET closed_by = load_id WHERE network = 'water'")
        connection.execute("UPDATE run.theme_version SET version = version + 1")
    assert build_tileset(street, LOCAL, Pipes("water")).tiles == 0
    with pytest.raises(UnknownLayer):
        tileset.tileset_json(street, LOCAL, "pipes-water")


def test_restricted_features_are_not_in_open_tiles(database, town):
    with town.Town(database) as made:
        made.add_house(town.X0, town.Y0)
        made.add_pipe("gas", [(town.X0, town.Y0, 228.0), (town.X0 + 9, town.Y0, 228.0)], classification=2)
        made.add_pipe("gas", [(town.X0, town.Y0 + 3, 228.0), (town.X0 + 9, town.Y0 + 3, 228.0)])
    assert build_tileset(database, LOCAL, Pipes("gas")).features == 1
    warden = Viewer("warden", clearance=2)
    assert build_tileset(database, warden, Pipes("gas")).features == 2
    for ask in (
        lambda who: tileset.tile_content(database, who, "pipes-gas", "r"),
        lambda who: tileset.tileset_json(database, who, "pipes-gas"),
    ):
        assert ask(warden)
        with pytest.raises(UnknownLayer):
            ask(LOCAL)
    assert build_tileset(database, LOCAL, Pipes("gas")).features == 1


def test_a_record_that_is_the_same_as_another_is_shown_once(database, town):
    with town.Town(database) as made:
        shown, hidden = made.add_house(town.X0, town.Y0), made.add_house(town.X0, town.Y0)
        made.connection.execute("INSERT INTO city.feature_link VALUES (%s, %s, 'hand', 1)", (hidden, shown))
    build_tileset(database, LOCAL, Buildings())
    members = database.rows(LOCAL, "SELECT members FROM layer.tile3d WHERE key = 'r0'")[0]["members"]
    assert members == [shown]


def test_a_part_shows_what_its_building_knows(database, town, read_glb):
    with town.Town(database) as made:
        whole, _ = made.add("building", name="市民中心", usage="public", built_year=2011)
        body, kinds = town.house(town.X0, town.Y0)
        part, version = made.add("building", object_type="BuildingPart", parent_id=whole)
        made.add_lod("building", version, body, kinds)
    build_tileset(database, LOCAL, Buildings())
    table = read_glb(tileset.tile_content(database, LOCAL, "buildings", "r0")).table
    assert (table["feature_id"], table["parent_id"]) == ([part], [whole])
    assert (table["name"], table["usage"], table["year"]) == (["市民中心"], ["public"], [2011])


def test_the_finest_level_of_detail_is_shown_near_by(database, town, read_glb):
    with town.Town(database) as made:
        body, kinds = town.house(town.X0, town.Y0)
        coarse, _ = town.house(town.X0, town.Y0, eaves=7.0, ridge=7.0001)
        _, version = made.add("building")
        made.add_lod("building", version, coarse, lod="1.2")
        made.add_lod("building", version, body, kinds, lod="2.2")
    build_tileset(database, LOCAL, Buildings())
    shown = read_glb(tileset.tile_content(database, LOCAL, "buildings", "r0")).positions
    assert np.ptp(shown[:, 2]) == pytest.approx(9.0, abs=0.011)


def test_large_trees_are_cut_into_documents(database, town, examine, monkeypatch):
    with town.Town(database) as made:
        for number in range(90):
            made.add_house(town.X0 + 40.0 * (number % 10), town.Y0 + 40.0 * (number // 10))
    monkeypatch.setattr("cim.layers.tiles3d.build.MOST_TRIANGLES", 16)
    build_tileset(database, LOCAL, Buildings())
    whole = examine(database, "buildings")
    monkeypatch.setattr(tileset, "MOST_TILES", 20)
    monkeypatch.setattr(tileset, "LEVELS", 2)
    cut = examine(database, "buildings")
    assert whole.problems == cut.problems == []
    assert (whole.documents, whole.tiles) == (1, cut.tiles)
    assert cut.documents > 3
    assert sorted(cut.leaf_ids) == sorted(whole.leaf_ids)
    np.testing.assert_allclose(
        np.vstack([cut.leaves[key] for key in sorted(cut.leaves)]),
        np.vstack([whole.leaves[key] for key in sorted(whole.leaves)]),
        atol=1e-6,
    )


def test_processes_build_the_same_tiles(street):
    build_tileset(street, LOCAL, Buildings(), workers=1)
    one = street.rows(LOCAL, "SELECT key, content, region FROM layer.tile3d ORDER BY key")
    with street.connection(OPERATOR) as connection:
        connection.execute("DELETE FROM layer.build")
    build_tileset(street, LOCAL, Buildings(), workers=2)
    assert street.rows(LOCAL, "SELECT key, content, region FROM layer.tile3d ORDER BY key") == one


def test_unknown_layers_and_tiles_are_named(street):
    build_tileset(street, LOCAL, Buildings())
    with pytest.raises(UnknownLayer, match="'moats'"):
        tile_source("moats")
    with pytest.raises(UnknownLayer, match="pipes-gas"):
        tileset.tileset_json(street, LOCAL, "pipes-gas")
    for ask in (tileset.tile_content, tileset.tileset_json):
        with pytest.raises(UnknownTile, match="'r7'"):
            ask(street, LOCAL, "buildings", "r7")


def test_who_is_to_be_named_stands_in_every_file(street, read_glb):
    build_tileset(street, LOCAL, Buildings())
    for key in ("r", "r0"):
        document = read_glb(tileset.tile_content(street, LOCAL, "buildings", key)).document
        assert document["asset"]["copyright"] == "Test town"
    assert tileset.tileset_json(street, LOCAL, "buildings")["asset"]["extras"]["synthetic"] is True


def test_objects_of_all_kinds_and_sizes(database, town, examine, validated, read_glb):
    import shapely

    lake = shapely.Polygon(
        [(town.X0, town.Y0, 225.0), (town.X0, town.Y0 + 700, 225.0), (town.X0 + 900, town.Y0, 225.0)]
    )
    with town.Town(database) as made:
        ids = {}
        for kind, shape in {
            "WaterBody": shapely.MultiPolygon([lake]),
            "Bridge": town.house(town.X0 + 30, town.Y0 + 30)[0],
            "GenericCityObject": town.house(town.X0 + 60, town.Y0 + 30)[0],
        }.items():
            ids[kind], version = made.add("city_object", object_type=kind)
            made.add_lod("city_object", version, shape, geometry_type="MultiSurface", lod="1")
    build_tileset(database, LOCAL, Objects())
    seen = examine(database, "objects")
    assert seen.problems == []
    assert validated(seen.contents) == []
    glb = read_glb(seen.contents["r0"])
    table, up = glb.table, glb.normals[:, 2]
    water = table["object_type"].index("WaterBody")
    # Drawn clockwise in its source, a lake still looks up.
    assert up[glb.feature_ids == water].min() > 0.99
    assert dict(zip(table["object_type"], table["feature_id"], strict=True)) == ids
    assert glb.document["materials"][0]["doubleSided"] is True


def test_every_network_that_has_pipes_has_a_source(street):
    with street.connection(LOCAL) as connection:
        assert networks(connection) == ["sewage", "storm", "water"]
    assert {f"pipes-{name}" for name in ("sewage", "storm", "water")} < set(SOURCES)


def test_bare_nodes_alone_make_no_tiles(database, town):
    with town.Town(database) as made:
        made.add_node("heat", (town.X0, town.Y0, 228.0))
    assert build_tileset(database, LOCAL, Pipes("heat")).tiles == 0
    assert database.rows(LOCAL, "SELECT 1 FROM layer.build") == []


def test_a_corner_of_bare_nodes_has_no_tile(database, town, examine, monkeypatch):
    monkeypatch.setattr("cim.layers.tiles3d.build.MOST_TRIANGLES", 400)
    with town.Town(database) as made:
        for number in range(12):
            start = (town.X0 + 10.0 * number, town.Y0, 228.0)
            made.add_pipe("heat", [start, (start[0] + 8, start[1], 228.0)])
            made.add_node("heat", (town.X0 + 500.0 + number, town.Y0 + 500.0, 228.0))
    build_tileset(database, LOCAL, Pipes("heat"))
    seen = examine(database, "pipes-heat")
    assert seen.problems == []
    assert len(seen.leaf_ids) == 12
