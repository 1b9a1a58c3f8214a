"""Underground pipelines: nodes, segments, devices, service connections, breaks, inspections."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped

from cim.codes import NETWORKS
from cim.schema.base import Base, FeatureVersion, column, geometry, listed, reference


class PipeNode(FeatureVersion, Base):
    """Survey points of pipelines: manholes, valves, bends, tees, ends."""

    __tablename__ = "pipe_node"
    network: Mapped[str] = listed(f"Network: {', '.join(NETWORKS)}", NETWORKS)
    class_code: Mapped[str | None] = column("Code as surveyed (CJJ 61 class or sub-class)")
    kind: Mapped[str] = column(
        "junction, tee, cross, bend, reducer, end, manhole, gully, valve, hydrant, meter, pump, regulator, "
        "transformer, outfall, source, tank, …",
        server_default="junction",
    )
    feature_raw: Mapped[str | None] = column("特征 as surveyed")
    appurtenance_raw: Mapped[str | None] = column("附属物 as surveyed")
    is_source: Mapped[bool] = column("Supplies the network: reservoir, plant, station", server_default="false")
    is_sink: Mapped[bool] = column("Takes what flows: outfall, treatment plant", server_default="false")
    ground_level_m: Mapped[float | None] = column("Ground level, city height, metres")
    well_depth_m: Mapped[float | None] = column("Depth of the well from ground, metres")
    cover_material: Mapped[str | None] = column("Material of the cover")
    cover_size_mm: Mapped[str | None] = column("Size of the cover, as surveyed, mm")
    base_demand_m3s: Mapped[float | None] = column("Base demand of a model node, m3/s")
    state: Mapped[str] = column("in_use, abandoned, planned", server_default="in_use")
    owner: Mapped[str | None] = column("Owner (权属单位)")
    surveyed_by: Mapped[str | None] = column("Surveyor (探测单位)")
    surveyed_on: Mapped[dt.date | None] = column("Day of survey (探测日期)")
    geom: Mapped[object] = geometry(
        "POINTZ", "Place; Z is the lowest pipe axis there, or ground less well depth", nullable=False
    )
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)


class PipeSegment(FeatureVersion, Base):
    """Pipe segments between two nodes."""

    __tablename__ = "pipe_segment"
    network: Mapped[str] = listed(f"Network: {', '.join(NETWORKS)}", NETWORKS)
    class_code: Mapped[str | None] = column("Code as surveyed (CJJ 61 class or sub-class)")
    kind: Mapped[str] = column("pipe, duct, cable, channel, pump, valve", server_default="pipe")
    start_node_id: Mapped[int | None] = reference("pipe_node", "Node at the start")
    end_node_id: Mapped[int | None] = reference("pipe_node", "Node at the end")
    shape: Mapped[str] = column("circular, rectangular", server_default="circular")
    diameter_mm: Mapped[float | None] = column("Diameter on the basis of diameter_basis, mm")
    diameter_basis: Mapped[str] = column("nominal (DN), outer, inner", server_default="nominal")
    width_mm: Mapped[float | None] = column("Inner width of a rectangular section, mm")
    height_mm: Mapped[float | None] = column("Inner height of a rectangular section, mm")
    wall_mm: Mapped[float | None] = column("Wall thickness, mm")
    outer_width_mm: Mapped[float | None] = column("Outer width derived from the above, mm")
    outer_height_mm: Mapped[float | None] = column("Outer height derived from the above, mm")
    material: Mapped[str | None] = column(
        "cast_iron, ductile_iron, steel, pe, pvc, concrete, reinforced_concrete, brick, copper, fibre, …"
    )
    material_raw: Mapped[str | None] = column("材质 as surveyed")
    burial: Mapped[str | None] = column("direct, duct, duct_block, trench, tunnel, overhead")
    burial_raw: Mapped[str | None] = column("埋设类型 as surveyed")
    depth_reference: Mapped[str | None] = listed(
        "What depths and levels refer to: crown (outer), invert (inner) or axis", ("crown", "invert", "axis")
    )
    start_depth_m: Mapped[float | None] = column("Depth at the start as surveyed, metres")
    end_depth_m: Mapped[float | None] = column("Depth at the end as surveyed, metres")
    start_level_m: Mapped[float | None] = column("Level at the start as surveyed, city height, metres")
    end_level_m: Mapped[float | None] = column("Level at the end as surveyed, city height, metres")
    pressure_mpa: Mapped[float | None] = column("Design pressure, MPa")
    pressure_raw: Mapped[str | None] = column("压力 as surveyed")
    voltage_kv: Mapped[float | None] = column("Voltage, kV")
    cables: Mapped[int | None] = column("Number of cables")
    holes_total: Mapped[int | None] = column("Holes of a duct block")
    holes_used: Mapped[int | None] = column("Holes in use")
    flow_direction: Mapped[int | None] = column("0 start to end, 1 reverse, 2 both", SmallInteger)
    length_m: Mapped[float | None] = column("3D length, or the model's length where it gives one, metres")
    roughness: Mapped[float | None] = column("Roughness coefficient of a hydraulic model")
    installed_year: Mapped[int | None] = column("Year of installation (建设年代)")
    lining: Mapped[str | None] = column("Lining")
    smart: Mapped[bool | None] = column("Monitored by sensors (smart pipeline)")
    state: Mapped[str] = column("in_use, abandoned, planned, closed", server_default="in_use")
    owner: Mapped[str | None] = column("Owner (权属单位)")
    road_name: Mapped[str | None] = column("Road (道路名称)")
    survey_method: Mapped[str | None] = column("open (明显点), detected (隐蔽点), design, as_built")
    surveyed_by: Mapped[str | None] = column("Surveyor (探测单位)")
    surveyed_on: Mapped[dt.date | None] = column("Day of survey (探测日期)")
    remarks: Mapped[str | None] = column("Remarks (备注)")
    geom: Mapped[object] = geometry("LINESTRINGZ", "Axis of the outer section, city CRS and heights", nullable=False)
    geom_3857: Mapped[object] = geometry("LINESTRING", "Axis, web mercator", srid=3857)


class PipeDevice(FeatureVersion, Base):
    """Devices on a network: valves, pumps, hydrants, meters, regulators."""

    __tablename__ = "pipe_device"
    network: Mapped[str] = listed(f"Network: {', '.join(NETWORKS)}", NETWORKS)
    kind: Mapped[str] = column(
        "valve, air_valve, drain_valve, check_valve, hydrant, pump, meter, regulator, transformer, …"
    )
    node_id: Mapped[int | None] = reference("pipe_node", "Node it sits on")
    segment_id: Mapped[int | None] = reference("pipe_segment", "Segment it sits on, or next to the node it is on")
    number: Mapped[str | None] = column("Number painted on it")
    diameter_mm: Mapped[float | None] = column("Size, mm")
    state: Mapped[str | None] = column("open, closed, on, off")
    operable: Mapped[bool | None] = column("Known to work")
    setting: Mapped[float | None] = column("Setting, in the unit of its kind")
    chamber: Mapped[str | None] = column("Chamber it stands in")
    last_operated_on: Mapped[dt.date | None] = column("Last operated")
    geom: Mapped[object] = geometry("POINTZ", "Place, city CRS and heights")
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)


class ServiceConnection(FeatureVersion, Base):
    """Service connections: from a node of a network to a building and its customers."""

    __tablename__ = "service_connection"
    network: Mapped[str] = listed(f"Network: {', '.join(NETWORKS)}", NETWORKS)
    node_id: Mapped[int | None] = reference("pipe_node", "Node that serves")
    building_id: Mapped[int | None] = reference("building", "Building served")
    account: Mapped[str | None] = column("Account number (户号)")
    customers: Mapped[int] = column("Customers (households or firms)", server_default="1")
    residents: Mapped[float | None] = column("People served")
    critical: Mapped[bool] = column("Must not be without: hospital, dialysis, …", server_default="false")
    critical_kind: Mapped[str | None] = column("Why it is critical")
    linked_by: Mapped[str | None] = column("How node and building were linked: register, nearest")


class PipeBreak(FeatureVersion, Base):
    """Breaks and leaks of pipe segments."""

    __tablename__ = "pipe_break"
    segment_id: Mapped[int | None] = reference("pipe_segment", "Segment that broke")
    broke_on: Mapped[dt.date] = column("Day of the break")
    cause: Mapped[str | None] = column("Cause: corrosion, third_party, ground, pressure, joint, unknown")
    repaired_on: Mapped[dt.date | None] = column("Day of repair")
    geom: Mapped[object] = geometry("POINT", "Place, city CRS")
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)


class PipeInspection(FeatureVersion, Base):
    """Defects seen in sewers (CJJ 181): one row for each defect."""

    __tablename__ = "pipe_inspection"
    segment_id: Mapped[int | None] = reference("pipe_segment", "Segment inspected")
    inspected_on: Mapped[dt.date] = column("Day of inspection")
    method: Mapped[str | None] = column("cctv, sonar, quick_view, walk")
    defect_code: Mapped[str | None] = column("Defect code of CJJ 181; null: no defect")
    grade: Mapped[int | None] = column("Grade 1 to 4", SmallInteger)
    chainage_m: Mapped[float | None] = column("Distance from the start, metres")
    clock_from: Mapped[int | None] = column("Clock position from, 1 to 12", SmallInteger)
    clock_to: Mapped[int | None] = column("Clock position to, 1 to 12", SmallInteger)
    photo: Mapped[str | None] = column("Photo")
