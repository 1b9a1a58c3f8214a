"""Appearance: materials and textures of CityGML as CityJSON's, by what they aim at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lxml import etree

from cim.etl.readers.citygml_names import XLINK, gml_id, local
from cim.etl.readers.citygml_shapes import Face, Shape, nested

_DEFAULT_THEME = "visual"
_NUMBERS = frozenset({"ambientIntensity", "shininess", "transparency"})
_COLOURS = frozenset({"diffuseColor", "emissiveColor", "specularColor", "borderColor"})
_IMAGES = {"image/jpeg": "JPG", "image/jpg": "JPG", "image/png": "PNG"}

Record = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """One material or texture, and where it goes."""

    theme: str
    """Theme of its appearance."""
    kind: str
    """material or texture."""
    record: Record
    """CityJSON's record of it."""
    targets: list[tuple[str, str]]
    """Id of each surface (material) or ring (texture), and the ring's texture coordinates as text."""


class Looks(Protocol):
    """Finds what aims at an id."""

    def at(self, kind: str, target: str) -> Sequence[tuple[str, Record, str]]:
        """Return theme, record and texture coordinates of everything of a kind that aims at an id."""


def look(element: etree._Element, theme: str) -> Look | None:
    """Return what a surfaceDataMember holds; None where it is of a kind that cannot be kept."""
    for data in element:
        try:
            return _look_of(data, theme)
        except ValueError:
            # A number that is none: nothing can be kept of it.
            return None
    return None


def _look_of(data: etree._Element, theme: str) -> Look | None:
    """Return what a material or texture says."""
    name = local(data.tag)
    if name == "X3DMaterial":
        return Look(theme, "material", _material(data), [(target, "") for target in _material_targets(data)])
    if name == "ParameterizedTexture":
        return Look(theme, "texture", _texture(data), list(_rings(data)))
    return None


def theme_of(appearance: etree._Element | None) -> str:
    """Return the theme of an app:Appearance."""
    for child in appearance if appearance is not None else ():
        if local(child.tag) == "theme" and (child.text or "").strip():
            return (child.text or "").strip()
    return _DEFAULT_THEME


def _material(data: etree._Element) -> Record:
    """Return a material."""
    out: Record = {"name": gml_id(data) or "material"}
    for child in data:
        name, text = local(child.tag), (child.text or "").strip()
        if name in _NUMBERS:
            out[name] = float(text)
        elif name in _COLOURS:
            out[name] = [float(part) for part in text.split()]
        elif name == "isSmooth":
            out[name] = text in ("true", "1")
        elif name == "name" and text:
            out[name] = text
    return out


def _material_targets(data: etree._Element) -> Iterable[str]:
    """Yield the ids that a material aims at."""
    for child in data:
        if local(child.tag) == "target":
            yield (child.text or child.get(XLINK) or "").strip().removeprefix("#")


def _texture(data: etree._Element) -> Record:
    """Return a texture."""
    out: Record = {}
    for child in data:
        name, text = local(child.tag), (child.text or "").strip()
        if name == "imageURI":
            out["image"] = text
        elif name == "mimeType":
            out["type"] = _IMAGES.get(text.lower(), text)
        elif name in ("wrapMode", "textureType"):
            out[name] = text
        elif name in _COLOURS:
            out[name] = [float(part) for part in text.split()]
    return out


def _rings(data: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield ring and texture coordinates; version 2 names the ring in an attribute, version 3 in an element."""
    for listed in data.iter("{*}TexCoordList"):
        ring = None
        waiting: list[str] = []
        for child in listed:
            name, text = local(child.tag), (child.text or "").strip()
            if name == "textureCoordinates":
                if child.get("ring"):
                    yield str(child.get("ring")).removeprefix("#"), text
                else:
                    waiting.append(text)
            elif name == "ring":
                ring = text.removeprefix("#")
            if ring and waiting:
                yield ring, waiting.pop()
                ring = None


@dataclass
class Library:
    """Materials, textures and texture vertices of one feature, each kept once."""

    materials: list[Record] = field(default_factory=list)
    """Materials."""
    textures: list[Record] = field(default_factory=list)
    """Textures."""
    vertices: list[list[float]] = field(default_factory=list)
    """Texture coordinates."""
    faults: list[str] = field(default_factory=list)
    """What did not fit and was left out."""
    _numbers: dict[int, int] = field(default_factory=dict)

    def body(self) -> Record:
        """Return the library as CityJSON writes it."""
        if not self.materials and not self.textures:
            return {}
        return {"materials": self.materials, "textures": self.textures, "vertices-texture": self.vertices}

    def number(self, records: list[Record], record: Record) -> int:
        """Return the place of a record, which is one object wherever it is used."""
        found = self._numbers.get(id(record))
        if found is None:
            found = self._numbers[id(record)] = len(records)
            records.append(record)
        return found


def dressed(kind: str, shape: Shape, looks: Looks, library: Library) -> Record:
    """Return the members `material` and `texture` of a geometry."""
    faces = list(shape.all_faces())
    materials: dict[str, list[int | None]] = {}
    textures: dict[str, list[list[list[int | None]]]] = {}
    for position, face in enumerate(faces):
        # From the outside in: what aims at the polygon itself is stronger than what aims at all that holds it.
        for target in reversed(face.targets):
            for theme, record, _ in looks.at("material", target):
                values = materials.setdefault(theme, [None] * len(faces))
                values[position] = library.number(library.materials, record)
        for number, ring in enumerate(face.ring_ids):
            for theme, record, text in looks.at("texture", ring) if ring else ():
                uv = _coordinates(face, number, text, library)
                if uv is None:
                    continue
                if theme not in textures:
                    textures[theme] = [[[None] for _ in other.rings] for other in faces]
                textures[theme][position][number] = [library.number(library.textures, record), *uv]
    out: Record = {}
    if materials:
        out["material"] = {theme: {"values": nested(kind, shape, values)} for theme, values in materials.items()}
    if textures:
        out["texture"] = {theme: {"values": nested(kind, shape, values)} for theme, values in textures.items()}
    return out


def _coordinates(face: Face, number: int, text: str, library: Library) -> list[int] | None:
    """Return the places of a ring's texture coordinates; None, and a note, where they do not fit the ring."""
    size = len(face.rings[number])
    try:
        values = list(map(float, text.split()))
    except ValueError:
        values = []
    if len(values) not in (2 * size, 2 * size + 2):
        library.faults.append(
            f"ring {face.ring_ids[number]} has {size} corners but {len(values)} texture coordinates, which are left out"
        )
        return None
    pairs = [values[at : at + 2] for at in range(0, 2 * size, 2)]
    begin = len(library.vertices)
    library.vertices += pairs
    places = list(range(begin, begin + size))
    return places[::-1] if face.backwards else places
