"""Features for programs and people: pages of a layer in GeoJSON, and all that is known of one feature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from psycopg import sql

from cim.errors import BadRequest
from cim.layers.catalogue import layer_definition
from cim.layers.definitions import Definition
from cim.layers.feature_details import feature
from cim.layers.geographic import geographic
from cim.layers.mercator import Box, box_of_degrees
from cim.layers.queries import query
from cim.layers.selection import Selection, property_value, selection
from cim.store import Store
from cim.viewer import Viewer

__all__ = ["MOST", "feature", "page"]

MOST = 1000
"""Most features in one page."""


def page(
    store: Store,
    viewer: Viewer,
    layer: str,
    bbox: Sequence[float] | None = None,
    limit: int = 100,
    after: int = 0,
) -> bytes:
    """Return a page of a layer's features: a GeoJSON FeatureCollection in WGS 84, by ascending feature id.

    Three-dimensional features carry heights above the ellipsoid, as RFC 7946 has it. The link `next` leads to the
    next page; the last page has none. Nothing is counted: a page costs the same anywhere in a large layer.

    Parameters
    ----------
    store
        The city.
    viewer
        Who is asking.
    layer
        Name in the catalogue; a 3D layer gives the features it was built of.
    bbox
        West, south, east, north, degrees: features that touch it; None: everywhere.
    limit
        Most features in the page, 1 to 1000.
    after
        Feature id after which the page begins.

    Raises
    ------
    UnknownLayer
        The city has no such layer.
    BadRequest
        A parameter cannot be used.
    """
    box = _box(bbox)
    if not 1 <= limit <= MOST:
        raise BadRequest("limit", limit, f"give a number from 1 to {MOST}")
    definition, _ = layer_definition(store, viewer, layer)
    if definition.theme is None:
        raise BadRequest("layer", layer, "terrain has no features: ask a layer of features")
    rows = _rows(store, viewer, definition, box, limit, after)
    shown = _whole(rows, limit)
    links = [_link("self", layer, bbox, limit, after)]
    if len(rows) > limit:
        links.append(_link("next", layer, bbox, limit, shown[-1]["id"]))
    return _collection(shown, links)


def _whole(rows: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """Return the first rows; several of one feature, places of results, are not torn apart, for pages go by feature."""
    if len(rows) <= limit:
        return rows
    beyond = rows[limit]["id"]
    return [row for row in rows[:limit] if row["id"] < beyond] or [row for row in rows if row["id"] == beyond]


def _rows(
    store: Store, viewer: Viewer, definition: Definition, box: Box | None, limit: int, after: int
) -> list[dict[str, Any]]:
    chosen = selection(definition)
    statement = query("features_page").format(
        geographic=geographic(definition, chosen),
        properties=_properties(definition),
        rows=chosen.rows,
        condition=chosen.condition,
        inside=_inside(chosen, box),
    )
    parameters = chosen.parameters | {"after": after, "limit": limit + 1, "offset": store.city.ellipsoid_offset_m}
    return store.rows(viewer, statement, parameters)


def _properties(definition: Definition) -> sql.Composable:
    """Return names and values for json_build_object."""
    pairs = [
        sql.SQL("{}, {}").format(sql.Literal(item.name), property_value(definition, item))
        for item in definition.properties
    ]
    return sql.SQL(", ").join([sql.SQL("'feature_id', t.feature_id"), *pairs])


def _inside(chosen: Selection, box: Box | None) -> sql.Composable:
    """Return the test that a feature touches the box; in web mercator a box in degrees stays a box."""
    if box is None:
        return sql.SQL("TRUE")
    envelope = sql.SQL("ST_MakeEnvelope({}, 3857)").format(
        sql.SQL(", ").join(sql.Literal(value) for value in box_of_degrees(box))
    )
    return sql.SQL("{shape} && {box} AND ST_Intersects({shape}, {box})").format(shape=chosen.mercator, box=envelope)


def _box(bbox: Sequence[float] | None) -> Box | None:
    """Refuse what is no box in degrees."""
    if bbox is None:
        return None
    remedy = "give west,south,east,north in degrees, west below east and south below north"
    if len(bbox) != 4 or not all(math.isfinite(value) for value in bbox):
        raise BadRequest("bbox", ",".join(map(str, bbox)), remedy)
    west, south, east, north = bbox
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequest("bbox", ",".join(map(str, bbox)), remedy)
    return west, south, east, north


def _link(rel: str, layer: str, bbox: Sequence[float] | None, limit: int, after: int) -> tuple[str, str]:
    asked: dict[str, object] = {"bbox": ",".join(map(str, bbox))} if bbox is not None else {}
    asked |= {"limit": limit} | ({"after": after} if after else {})
    return rel, f"/api/layers/{layer}/features?{urlencode(asked, safe=',')}"


def _collection(rows: list[dict[str, Any]], links: list[tuple[str, str]]) -> bytes:
    """Return the document; the features come as text from the database and are not parsed again."""
    told = ",".join(f'{{"rel":"{rel}","type":"application/geo+json","href":"{href}"}}' for rel, href in links)
    features = ",".join(row["feature"] for row in rows)
    document = f'{{"type":"FeatureCollection","numberReturned":{len(rows)},"links":[{told}],"features":[{features}]}}'
    return document.encode()
