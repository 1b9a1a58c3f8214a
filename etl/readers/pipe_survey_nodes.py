"""Nodes of a pipeline survey: places, kinds, and the devices on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.crs import Transformation
from cim.etl.places import on_grid
from cim.etl.readers.axis_order import NORTH_EAST, east_first
from cim.etl.readers.pipe_survey_codes import Codes, Feature, spelled
from cim.etl.readers.pipe_survey_columns import AS_TOLD
from cim.etl.readers.pipe_survey_reading import Survey
from cim.manifest import SourceSpec

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Places:
    """Where the points of one table are, by position."""

    keys: pd.Index
    """Survey number of each point."""
    x: Floats
    """Easting, city CRS, metres."""
    y: Floats
    """Northing."""
    ground: Floats
    """Ground level, city height, metres; NaN where not surveyed."""

    def take(self, kept: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> Places:
        """Return the points where the mask is true, or at some positions."""
        return Places(self.keys[kept], self.x[kept], self.y[kept], self.ground[kept])

    def find(self, keys: pd.Series) -> npt.NDArray[np.int64]:
        """Return the position of each key, -1 where no point has it."""
        text = pa.large_string()
        wanted, known = (pa.array(values.astype("str"), from_pandas=True).cast(text) for values in (keys, self.keys))
        at = pc.index_in(wanted, value_set=known, skip_nulls=True)
        return np.asarray(at.fill_null(-1).to_numpy(), dtype=np.int64)


def placed(survey: Survey, source: SourceSpec, transform: Transformation) -> Places:
    """Refuse points without number or place, and those that stand twice; bring the others into the city's CRS."""
    survey.refuse(
        survey.column("source_key").isna().to_numpy(), "key.missing", "has no survey number", "give it one (物探点号)"
    )
    survey.refuse(
        survey.keys("source_key").duplicated(),
        "key.repeated",
        "point {source_key!r} stands a second time",
        "remove one of the two, or give it a number of its own",
    )
    missing = ~(np.isfinite(survey.numbers("x")) & np.isfinite(survey.numbers("y")))
    survey.refuse(missing, "geometry.missing", "has no X or no Y", "give the point both coordinates")
    # In Chinese surveying X is the northing (CJJ/T 8); the option says otherwise, and nothing is swapped unsaid.
    east, north, _ = east_first(
        survey.numbers("x"),
        survey.numbers("y"),
        crs=transform.crs,
        order=source.options.get("axis_order"),
        usual=NORTH_EAST,
        path=survey.path,
    )
    # A workbook keeps 16 digits of a number: a place on the grid comes back from one as it was.
    x, y = map(on_grid, transform.plane(east, north))
    ground = on_grid(survey.numbers("ground_level_m") + source.height_offset_m)
    return Places(survey.keys("source_key"), x, y, ground)


def node_kinds(survey: Survey, codes: Codes) -> tuple[Names, Names, Names]:
    """Return kind, device and flow (source, sink or None) of each node: its appurtenance comes before its feature."""
    feature = _meanings(survey.column("feature_raw"), codes.features)
    fixture = _meanings(survey.column("appurtenance_raw"), codes.appurtenances)
    for name, known, title in (("feature_raw", feature, "特征"), ("appurtenance_raw", fixture, "附属物")):
        raw = survey.column(name)
        survey.remark(
            raw.notna().to_numpy() & pd.isna(known),
            f"code.unknown_{name.removesuffix('_raw')}",
            f"{title} {{{name}!r}} is not known; it is kept as it stands",
            f"correct it, or say in options.{name.removesuffix('_raw')}s which kind of node it is",
        )
    found = np.where(pd.isna(fixture), feature, fixture)
    whole = [item if isinstance(item, Feature) else Feature("junction", None, None) for item in found]
    kinds = np.array([item.kind for item in whole], dtype=object)
    devices = np.array([item.device for item in whole], dtype=object)
    _keep_of_no_device(survey, devices)
    return kinds, devices, np.array([item.flow for item in whole], dtype=object)


def _keep_of_no_device(survey: Survey, devices: Names) -> None:
    """Keep what points without a device tell of one among their attributes, and remark on them."""
    if AS_TOLD not in survey.frame:
        return
    said = survey.frame[AS_TOLD].to_numpy(dtype=object)
    bare = np.asarray(pd.isna(devices), dtype=bool)
    attributes = survey.frame["attributes"].to_numpy(dtype=object, copy=True)
    for row in np.flatnonzero(bare & pd.notna(said)):
        attributes[row] = _merged(attributes[row], said[row])
    survey.frame = survey.frame.assign(attributes=attributes)
    told = [name for name in OF_DEVICES if name in survey.frame and name not in _OF_ANY_POINT]
    survey.remark(
        survey.frame[told].notna().any(axis=1).to_numpy() & bare,
        "device.missing",
        "tells of a valve or another device, but none is on the point; what it says is kept among the attributes",
        "name the device (附属物) where there is one",
    )


def _merged(attributes: object, said: Mapping[str, str]) -> dict[str, str]:
    """Return attributes with what is said of a device; where a second column has its title, both are kept."""
    merged = dict(attributes) if isinstance(attributes, dict) else {}
    for title, text in said.items():
        again = merged.get(title, text) != text
        merged[f"{title}_2" if again else title] = text
    return merged


def _meanings(texts: pd.Series, known: object) -> Names:
    """Return what each text means, None where it is not known."""
    codes, distinct = pd.factorize(texts)
    found = np.empty(len(distinct) + 1, dtype=object)
    for at, text in enumerate(distinct):
        found[at] = known.get(spelled(str(text)))  # type: ignore[attr-defined]
    return found[codes]


def node_heights(places: Places, lowest_axis: Floats, well_depth: Floats) -> Floats:
    """Return the height of each node: its lowest pipe axis, else ground less well depth, else ground."""
    bottom = on_grid(np.where(np.isfinite(well_depth), places.ground - well_depth, places.ground))
    return np.where(np.isfinite(lowest_axis), lowest_axis, bottom)


def node_frame(
    survey: Survey, places: Places, class_code: pd.Series, height: Floats, flow: Names, kinds: Names
) -> pd.DataFrame:
    """Return the rows of `pipe_node`."""
    frame = pd.DataFrame(
        {
            "source_key": survey.frame["source_key"],
            "network": survey.frame["network"],
            "class_code": class_code,
            "kind": kinds,
            "is_source": flow == "source",
            "is_sink": flow == "sink",
            "ground_level_m": places.ground,
            "geom": shapely.points(places.x, places.y, height),
        },
        index=survey.frame.index,
    )
    for name in _AS_SURVEYED:
        if name in survey.frame:
            frame[name] = survey.frame[name]
    return frame


_AS_SURVEYED = (
    "feature_raw",
    "appurtenance_raw",
    "well_depth_m",
    "cover_material",
    "cover_size_mm",
    "state",
    "owner",
    "surveyed_by",
    "surveyed_on",
    "attributes",
)


OF_DEVICES = {
    "device_number": "number",
    "device_diameter_mm": "diameter_mm",
    "device_chamber": "chamber",
    "device_state": "state",
    "device_operable": "operable",
    "device_last_operated_on": "last_operated_on",
}
"""What a point's row tells of the device on it, and what the column is called there."""
_OF_ANY_POINT = ("device_diameter_mm", "device_chamber")
"""Of these what any point may have: tees a nominal size (公称直径), manholes a number (井室编号)."""


def device_frame(nodes: pd.DataFrame, devices: Names, surveyed: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `pipe_device`: a device has the key of the node it is on.

    Parameters
    ----------
    nodes
        Rows of `pipe_node`.
    devices
        Kind of the device on each of them, None where there is none.
    surveyed
        The same rows of the point table: size, chamber, state and the like where it has them.
    """
    there = ~pd.isna(devices)
    some = nodes[there]
    frame = pd.DataFrame(
        {
            "source_key": some["source_key"],
            "network": some["network"],
            "kind": devices[there],
            "node_key": some["source_key"],
            "geom": some["geom"],
        },
        index=some.index,
    )
    for theirs, ours in OF_DEVICES.items():
        if theirs in surveyed:
            frame[ours] = surveyed[theirs][there]
    if "operable" in frame:
        frame["operable"] = frame["operable"].map({"yes": True, "no": False}).astype("boolean")
    return frame
