"""Buildings as handed over: as many as asked for, valid to an independent reader, in nobody's way."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import shapely

HALF = {"arterial": 15.0, "collector": 12.0, "local": 7.5, "alley": 3.5, "steps": 2.5}


def test_there_are_exactly_as_many_as_asked_for(clean) -> None:
    assert len(clean.features) in (300, 320)
    assert len({feature["id"] for feature in clean.features}) == len(clean.features)


def test_no_two_overlap(clean) -> None:
    plans = clean.plans.to_numpy()
    first, second = shapely.STRtree(plans).query(plans, predicate="intersects")
    assert set(first[first != second]) == set()


def test_none_stands_in_a_street_or_under_a_bridge(clean) -> None:
    edges = clean.register("road_edge")
    plans = clean.plans.to_numpy()
    hit = shapely.STRtree(plans).query(
        shapely.force_2d(edges.geometry.to_numpy()),
        predicate="dwithin",
        distance=edges["road_class"].map(HALF).to_numpy(),
    )
    assert hit.shape[1] == 0


def test_none_stands_in_the_rivers(clean) -> None:
    land = clean.register("land_use")
    water = land.loc[land["use_code"] == "1701"].geometry.to_numpy()
    assert len(shapely.STRtree(clean.plans.to_numpy()).query(water, predicate="intersects")[1]) == 0


def test_an_independent_reader_agrees(clean, cityjson) -> None:
    header, *features = clean.lines("buildings.city.jsonl")
    mine = sum(closed_volume(*shell) for feature in features for shell in shells(feature, "2.2"))
    read = cityjson.CityJSON(j=header)
    for feature in features:
        read.add_cityjsonfeature(feature)
    assert read.get_version() == "2.0"
    assert read.number_city_objects_level1() == len(features)
    west, south, low, east, north, high = read.calculate_bbox()
    assert 500_000 < west < east < 510_000
    assert 3_268_000 < south < north < 3_275_000
    assert 150 < low < high < 500
    # cjio triangulates by itself: if a face were bent, turned or missing, its volume would not be ours.
    read.filter_lod("2.2")
    read.decompress()
    theirs = stl_volume(read.export2stl(sloppy=True).getvalue())
    assert theirs == pytest.approx(mine, rel=2e-3)


def stl_volume(text: str) -> float:
    corners = np.array([line.split()[1:] for line in text.splitlines() if "vertex" in line], dtype=float)
    corners = (corners - corners.mean(axis=0)).reshape(-1, 3, 3)
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


def shells(feature: dict, lod: str | None = None):
    points = np.array(feature["vertices"], dtype=float) / 1000.0
    points -= points.mean(axis=0)
    for thing in feature["CityObjects"].values():
        for geometry in thing.get("geometry", []):
            if geometry["type"] == "Solid" and lod in (None, geometry["lod"]):
                yield points, geometry["boundaries"][0]


def test_every_solid_is_closed_and_faces_outwards(clean) -> None:
    for feature in clean.features:
        for points, shell in shells(feature):
            assert closed_volume(points, shell) > 1.0, feature["id"]


def closed_volume(points: np.ndarray, shell) -> float:
    seen, total = set(), 0.0
    for face in shell:
        for ring in face:
            pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
            assert seen.isdisjoint(pairs), "an edge is used twice in one direction"
            seen.update(pairs)
            area = sum(np.cross(points[a], points[b]) for a, b in pairs) / 2
            total += points[ring[0]] @ area
    assert {(b, a) for a, b in seen} == seen, "an edge has one face only"
    return total / 3.0


def test_surfaces_say_what_they_are(clean) -> None:
    for feature in clean.features:
        for thing in feature["CityObjects"].values():
            for geometry in thing.get("geometry", []):
                if geometry["type"] == "Solid":
                    kinds = {surface["type"] for surface in geometry["semantics"]["surfaces"]}
                    assert kinds >= {"WallSurface", "RoofSurface"}
                    assert kinds & {"GroundSurface", "ClosureSurface"}
                    assert len(geometry["semantics"]["values"][0]) == len(geometry["boundaries"][0])


def test_podium_towers_have_two_parts(planted) -> None:
    towers = [feature for feature in planted.features if len(feature["CityObjects"]) == 3]
    assert towers
    for feature in towers:
        whole = feature["CityObjects"][feature["id"]]
        assert len(whole["children"]) == 2
        below, above = (feature["CityObjects"][key] for key in whole["children"])
        assert below["type"] == above["type"] == "BuildingPart"
        places = planted.places(feature)
        podium, tower = (places[np.unique(flat(part["geometry"][0]["boundaries"]))] for part in (below, above))
        assert podium[:, 2].min() < tower[:, 2].min() <= podium[:, 2].max() < tower[:, 2].max()


def flat(boundaries) -> list[int]:
    return [n for part in boundaries for n in (flat(part) if isinstance(part, list) else [part])]


def test_ground_is_the_terrain_and_some_hang_below_their_street(clean) -> None:
    hanging = 0
    with rasterio.open(clean.folder / "terrain.tif") as terrain:
        for feature in clean.features:
            said = feature["CityObjects"][feature["id"]]["attributes"]
            middle = clean.plans[feature["id"]].centroid
            height = next(terrain.sample([(middle.x, middle.y)]))[0]
            slack = 1.5 + 0.5 * (said["ground_max_m"] - said["ground_min_m"])
            assert said["ground_min_m"] - slack < height < said["ground_max_m"] + slack
            assert said["measuredHeight"] > 2.0
            if said["ground_max_m"] - said["ground_min_m"] > 3.0:
                hanging += 1
                assert said["storeysBelowGround"] >= said["hanging_storeys"] >= 1
            else:
                assert "hanging_storeys" not in said
    assert hanging > 8


def test_people_are_plausible(planted) -> None:
    said = [feature["CityObjects"][feature["id"]]["attributes"] for feature in planted.features]
    homes = [one for one in said if one["usage"] == "residential"]
    assert 0.6 * len(said) < len(homes) < len(said)
    assert all(one["residents"] >= one["households"] >= 1 for one in homes)
    assert all(1930 <= one["yearOfConstruction"] <= 2025 for one in said)
    assert all(one["elevators"] > 0 for one in said if one["storeysAboveGround"] > 11)
    assert {one["roofType"] for one in said} >= {"flat", "gabled", "hipped", "podium"}
    assert {one["structure"] for one in said} >= {"brick_wood", "brick_concrete", "frame", "shear_wall"}
