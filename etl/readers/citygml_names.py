"""Names of CityGML: namespaces, and which element of which version is which type of city object or surface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

XLINK = "{http://www.w3.org/1999/xlink}href"
GML = ("http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2")
IDS = tuple(f"{{{uri}}}id" for uri in GML)
_STANDARD = ("http://www.opengis.net/citygml/", *GML)


@lru_cache(maxsize=4096)
def local(tag: str) -> str:
    """Return the name of an element without its namespace."""
    return tag.rpartition("}")[2]


@lru_cache(maxsize=4096)
def namespace(tag: str) -> str:
    """Return the namespace of an element."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


@lru_cache(maxsize=4096)
def is_standard(tag: str) -> bool:
    """Return whether an element is one of CityGML's or GML's own, not an extension's."""
    return namespace(tag).startswith(_STANDARD)


def gml_id(element: Any) -> str | None:
    """Return the gml:id of an element."""
    return element.get(IDS[0]) or element.get(IDS[1]) or None


TYPES: Mapping[str, str] = {
    "Building": "Building",
    "BuildingPart": "BuildingPart",
    "BuildingInstallation": "BuildingInstallation",
    "IntBuildingInstallation": "BuildingInstallation",
    "BuildingConstructiveElement": "BuildingConstructiveElement",
    "BuildingFurniture": "BuildingFurniture",
    "BuildingRoom": "BuildingRoom",
    "Room": "BuildingRoom",
    "BuildingUnit": "BuildingUnit",
    "Storey": "BuildingStorey",
    "Bridge": "Bridge",
    "BridgePart": "BridgePart",
    "BridgeInstallation": "BridgeInstallation",
    "IntBridgeInstallation": "BridgeInstallation",
    "BridgeConstructionElement": "BridgeConstructiveElement",
    "BridgeConstructiveElement": "BridgeConstructiveElement",
    "BridgeRoom": "BridgeRoom",
    "BridgeFurniture": "BridgeFurniture",
    "Tunnel": "Tunnel",
    "TunnelPart": "TunnelPart",
    "TunnelInstallation": "TunnelInstallation",
    "IntTunnelInstallation": "TunnelInstallation",
    "TunnelConstructiveElement": "TunnelConstructiveElement",
    "HollowSpace": "TunnelHollowSpace",
    "TunnelFurniture": "TunnelFurniture",
    "OtherConstruction": "OtherConstruction",
    "Road": "Road",
    "Railway": "Railway",
    "Square": "TransportSquare",
    "Track": "Track",
    "Waterway": "Waterway",
    "TransportationComplex": "TransportationComplex",
    "Section": "TransportSection",
    "Intersection": "TransportIntersection",
    "TrafficSpace": "TrafficSpace",
    "AuxiliaryTrafficSpace": "AuxiliaryTrafficSpace",
    "ClearanceSpace": "ClearanceSpace",
    "SolitaryVegetationObject": "SolitaryVegetationObject",
    "PlantCover": "PlantCover",
    "WaterBody": "WaterBody",
    "LandUse": "LandUse",
    "CityFurniture": "CityFurniture",
    "ReliefFeature": "ReliefFeature",
    "TINRelief": "TINRelief",
    "MassPointRelief": "MassPointRelief",
    "BreaklineRelief": "BreaklineRelief",
    "RasterRelief": "RasterRelief",
    "GenericCityObject": "GenericCityObject",
    "GenericOccupiedSpace": "GenericOccupiedSpace",
    "GenericUnoccupiedSpace": "GenericUnoccupiedSpace",
    "GenericLogicalSpace": "GenericLogicalSpace",
    "GenericThematicSurface": "GenericThematicSurface",
    "CityObjectGroup": "CityObjectGroup",
}
"""CityJSON's type of each element that is a city object; ours where CityJSON has none."""

SURFACES: Mapping[str, str] = {
    **{
        name: name
        for name in (
            "RoofSurface",
            "WallSurface",
            "GroundSurface",
            "ClosureSurface",
            "OuterCeilingSurface",
            "OuterFloorSurface",
            "InteriorWallSurface",
            "CeilingSurface",
            "FloorSurface",
            "WaterSurface",
            "WaterGroundSurface",
            "WaterClosureSurface",
            "TrafficArea",
            "AuxiliaryTrafficArea",
            "Marking",
            "Hole",
            "HoleSurface",
            "Window",
            "Door",
        )
    },
    "WindowSurface": "Window",
    "DoorSurface": "Door",
}
"""Type of each element that is a semantic surface."""
