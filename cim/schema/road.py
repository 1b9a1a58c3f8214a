"""Streets as a network: nodes and edges with levels, steps and 3D length."""

from __future__ import annotations

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, FeatureVersion, column, geometry, reference


class RoadNode(FeatureVersion, Base):
    """Junctions and ends of streets; none where one street passes over another."""

    __tablename__ = "road_node"
    kind: Mapped[str | None] = column("junction, end, stop, crossing")
    level: Mapped[int] = column("Level above (+) or below (-) the ground", SmallInteger, server_default="0")
    geom: Mapped[object] = geometry("POINTZ", "Place, city CRS and heights", nullable=False)


class RoadEdge(FeatureVersion, Base):
    """Street edges between two nodes, drivable or walkable."""

    __tablename__ = "road_edge"
    start_node_id: Mapped[int | None] = reference("road_node", "Node at the start")
    end_node_id: Mapped[int | None] = reference("road_node", "Node at the end")
    road_class: Mapped[str] = column("expressway, arterial, collector, local, alley, footway, steps")
    name: Mapped[str | None] = column("Name")
    level: Mapped[int] = column("Level above (+) or below (-) the ground", SmallInteger, server_default="0")
    width_m: Mapped[float | None] = column("Width between kerbs, metres")
    lanes: Mapped[int | None] = column("Lanes", SmallInteger)
    oneway: Mapped[bool] = column("Only from start to end", server_default="false")
    drivable: Mapped[bool] = column("For vehicles", server_default="true")
    walkable: Mapped[bool] = column("For people on foot", server_default="true")
    steps: Mapped[bool] = column("A flight of steps", server_default="false")
    bridge: Mapped[bool] = column("On a bridge", server_default="false")
    tunnel: Mapped[bool] = column("In a tunnel", server_default="false")
    sidewalk: Mapped[bool | None] = column("Has a footway beside it")
    surface: Mapped[str | None] = column("asphalt, concrete, stone, …")
    built_year: Mapped[int | None] = column("Year of completion")
    overhauled_year: Mapped[int | None] = column("Year of the last overhaul")
    length_3d_m: Mapped[float | None] = column("Length along the slope, metres")
    geom: Mapped[object] = geometry("LINESTRINGZ", "Centre line, city CRS and heights", nullable=False)
    geom_3857: Mapped[object] = geometry("LINESTRING", "Centre line, web mercator", srid=3857)
