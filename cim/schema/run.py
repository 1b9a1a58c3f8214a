"""Provenance: the city itself, its sources, loads, rejects, analyses, and who wrote what."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, column, geometry

_RUN = {"schema": "run"}


class City(Base):
    """The one city of this database, bound when the database was made."""

    __tablename__ = "city"
    __table_args__ = (CheckConstraint("single", name="city_one_row"), {**_RUN, "comment": "The city, one row"})
    single: Mapped[bool] = column("Always true: one row", Boolean, primary_key=True, server_default="true")
    slug: Mapped[str] = column("Short name, as in cim_<slug>")
    name_zh: Mapped[str] = column("Name in Chinese")
    name_en: Mapped[str] = column("Name in English")
    crs: Mapped[str] = column("CRS as the manifest gave it: authority code or PROJ string")
    datum: Mapped[str] = column("Geodetic CRS that a PROJ string without a datum stands on")
    srid: Mapped[int] = column("SRID of every geometry in schema city")
    vertical_datum: Mapped[str] = column("Vertical datum of all heights")
    ellipsoid_offset_m: Mapped[float] = column("City height + this = ellipsoidal height, metres")
    synthetic: Mapped[bool] = column("Made-up data: said wherever a person sees it")
    data_version: Mapped[int] = column("Grows with every published change", BigInteger, server_default="0")


class Source(Base):
    """A source: a file of a kind, whose features keep their ids across loads."""

    __tablename__ = "source"
    __table_args__ = ({**_RUN, "comment": "Sources of the city's data"},)
    source_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    name: Mapped[str] = column("Name in city.toml", unique=True)
    kind: Mapped[str] = column("Kind of reader")
    precedence: Mapped[int] = column("Of linked records, the lowest number is shown", server_default="100")
    licence: Mapped[str | None] = column("Licence of its data, as its newest published load was told")
    attribution: Mapped[str | None] = column("Who is to be named for its data, as that load was told")


class Load(Base):
    """One run over one source, with all that is needed to trace it."""

    __tablename__ = "load"
    __table_args__ = (
        Index("ix_run_load_source_id", "source_id"),
        CheckConstraint("status IN ('staging', 'published', 'superseded', 'undone', 'failed')", name="load_status"),
        {**_RUN, "comment": "Loads: one row for each run over one source"},
    )
    load_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    source_id: Mapped[int] = column("Source", BigInteger, ForeignKey("run.source.source_id"))
    status: Mapped[str] = column("staging, published, undone or failed", server_default="staging")
    path: Mapped[str] = column("Path of the file, as given")
    sha256: Mapped[str | None] = column("Digest of the file(s)")
    parameters_hash: Mapped[str | None] = column("Digest of the options that change what is read")
    size_bytes: Mapped[int | None] = column("Size of the file(s)", BigInteger)
    format: Mapped[str | None] = column("Kind of reader, and the ending of the file's name: footprints .gpkg")
    crs: Mapped[str | None] = column("CRS of the source")
    transformation: Mapped[str | None] = column("PROJ pipeline used, or none")
    accuracy_m: Mapped[float | None] = column("Accuracy that PROJ states for it, metres")
    height_offset_m: Mapped[float | None] = column("Added to the source's heights, metres")
    licence: Mapped[str | None] = column("Licence of the source")
    attribution: Mapped[str | None] = column("Who is to be named")
    classification: Mapped[int] = column("0 open, 1 internal, 2 restricted", server_default="0")
    secrecy: Mapped[str] = column("State secrecy: 无, 秘密, 机密, 绝密", server_default="无")
    data_grade: Mapped[str] = column("Data grade: 一般, 重要, 核心", server_default="一般")
    synthetic: Mapped[bool] = column("Made-up data", server_default="false")
    parameters: Mapped[dict[str, Any] | None] = column("Options of the source in city.toml")
    files: Mapped[list[str] | None] = column("Files kept beside the database, paths below the data folder", ARRAY(Text))
    retires: Mapped[bool] = column("Takes away all features of its source, which is given up", server_default="false")
    looked_up_at: Mapped[int | None] = column(
        "Data version when features of other sources were last looked up for it; null: none were", BigInteger
    )
    staged: Mapped[dict[str, Any] | None] = column(
        "What a load under way has committed, to be resumed from; null once it has ended"
    )
    records_in: Mapped[int | None] = column("Records read", BigInteger)
    kept: Mapped[int | None] = column("Records kept", BigInteger)
    rejected: Mapped[int | None] = column("Records rejected", BigInteger)
    added: Mapped[int | None] = column("Features that are new", BigInteger)
    changed: Mapped[int | None] = column("Features with a new version", BigInteger)
    removed: Mapped[int | None] = column("Features no longer in the source", BigInteger)
    unchanged: Mapped[int | None] = column("Features as before", BigInteger)
    seconds: Mapped[float | None] = column("Seconds from start to publication")
    software_version: Mapped[str] = column("Version of this software")
    message: Mapped[str | None] = column("Why it failed")
    started_at: Mapped[dt.datetime] = column("Started", DateTime(timezone=True), server_default=text("now()"))
    published_at: Mapped[dt.datetime | None] = column(
        "Became visible; null: not yet, or no more", DateTime(timezone=True)
    )


class Lookup(Base):
    """A key that a load looked up in other sources, and what it found: when that changes, the load is done again."""

    __tablename__ = "lookup"
    __table_args__ = ({**_RUN, "comment": "Keys that loads looked up among other sources' features"},)
    load_id: Mapped[int] = column("Load", BigInteger, ForeignKey("run.load.load_id"), primary_key=True)
    theme: Mapped[str] = column("Theme of the feature named", primary_key=True)
    source_key: Mapped[str] = column("Key of the feature named", primary_key=True)
    feature_id: Mapped[int] = column("Feature found; 0: none, or several of equal precedence", BigInteger)


class Reject(Base):
    """A record refused or remarked on, kept with its reason."""

    __tablename__ = "reject"
    __table_args__ = (
        Index("ix_run_reject_load_id", "load_id"),
        Index("ix_run_reject_source_key", "source_key"),
        Index("ix_run_reject_code", "code"),
        CheckConstraint("severity IN ('error', 'warning')", name="reject_severity"),
        {**_RUN, "comment": "Records refused (error) or remarked on (warning), with the original"},
    )
    reject_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    load_id: Mapped[int] = column("Load", BigInteger, ForeignKey("run.load.load_id"))
    severity: Mapped[str] = column("error: refused; warning: kept and told", server_default="error")
    file: Mapped[str] = column("File, and sheet or layer in it")
    record: Mapped[str] = column("Record: row number or id in the file")
    theme: Mapped[str | None] = column("Theme it was meant for")
    source_key: Mapped[str | None] = column("Key of the record, where it has one")
    code: Mapped[str] = column("Stable code of the check")
    reason: Mapped[str] = column("What is wrong")
    remedy: Mapped[str | None] = column("What to do")
    original: Mapped[dict[str, Any] | None] = column("The record as it stood in the file")
    reason_zh: Mapped[str | None] = column("What is wrong, in Chinese; null: the register of checks says it in general")
    place_x: Mapped[float | None] = column("Where the fault is: easting, city CRS, metres; null: where the feature is")
    place_y: Mapped[float | None] = column("Where the fault is: northing, city CRS, metres")
    original_is_row: Mapped[bool] = column(
        "Whether the original holds the cells of the file's row by their titles; else columns of the theme",
        server_default=text("false"),
    )


class Repair(Base):
    """A refused record, mended by hand and offered again: it is read with its source until it is withdrawn."""

    __tablename__ = "repair"
    __table_args__ = (
        Index("ix_run_repair_source_id", "source_id"),
        {**_RUN, "comment": "Refused records that were mended and are offered again with their source"},
    )
    repair_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    source_id: Mapped[int] = column("Source that it is a record of", BigInteger, ForeignKey("run.source.source_id"))
    theme: Mapped[str] = column("Theme of the record")
    record: Mapped[str] = column("Record that it stands for: row number or id in the source's file")
    reject_id: Mapped[int | None] = column("Reject that was mended: what it was refused as", BigInteger)
    source_key: Mapped[str | None] = column("Key of the record, where it has one")
    values: Mapped[dict[str, Any]] = column(
        "The mended record: columns of the theme, geometry as WKT in the city's CRS; of a row its cells by title"
    )
    file: Mapped[str] = column("File that the mended record came from")
    sha256: Mapped[str] = column("Digest of that file")
    offered_at: Mapped[dt.datetime] = column(
        "When it was offered", DateTime(timezone=True), server_default=text("now()")
    )
    withdrawn_at: Mapped[dt.datetime | None] = column("When it was taken back; null: it holds", DateTime(timezone=True))


class ThemeVersion(Base):
    """How often a theme has changed: the key of caches and graphs."""

    __tablename__ = "theme_version"
    __table_args__ = ({**_RUN, "comment": "Data version at which each theme last changed"},)
    theme: Mapped[str] = column("Theme", primary_key=True)
    version: Mapped[int] = column("Data version of the last change", BigInteger)


class Analysis(Base):
    """One run of an analysis, with its parameters and the data version it read."""

    __tablename__ = "analysis"
    __table_args__ = (
        Index("analysis_kind_idx", "kind", "run_id"),
        CheckConstraint("status IN ('running', 'done', 'failed')", name="analysis_status"),
        {**_RUN, "comment": "Runs of analyses"},
    )
    run_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str] = column("Kind, e.g. network.criticality, examination")
    subject: Mapped[str] = column("What it was run on: a network, a year", server_default="")
    parameters: Mapped[dict[str, Any] | None] = column("Parameters")
    parameters_hash: Mapped[str] = column("Digest of the parameters", server_default="")
    data_version: Mapped[int] = column("Data version it read", BigInteger)
    software_version: Mapped[str] = column("Version of this software")
    viewer: Mapped[str] = column("Who asked")
    classification: Mapped[int] = column(
        "Highest classification that it may have read: 0 open, 1 internal, 2 restricted",
        SmallInteger,
        server_default="2",
    )
    status: Mapped[str] = column("running, done or failed", server_default="running")
    left_out: Mapped[dict[str, Any] | None] = column("What could not be used, with counts and reasons")
    seconds: Mapped[float | None] = column("Seconds it took")
    started_at: Mapped[dt.datetime] = column("Started", DateTime(timezone=True), server_default=text("now()"))
    finished_at: Mapped[dt.datetime | None] = column("Finished", DateTime(timezone=True))


class Audit(Base):
    """Who wrote what: one row for each write that a person or program asked for."""

    __tablename__ = "audit"
    __table_args__ = ({**_RUN, "comment": "Writes, with who asked"},)
    audit_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    at: Mapped[dt.datetime] = column("When", DateTime(timezone=True), server_default=text("now()"))
    viewer: Mapped[str] = column("Who")
    action: Mapped[str] = column("What: load, undo, analyse, build")
    subject: Mapped[str] = column("On what")
    details: Mapped[dict[str, Any] | None] = column("Parameters and outcome")


class LoadedArea(Base):
    """Extent of each load, in city coordinates: where data was surveyed, and where not."""

    __tablename__ = "load_extent"
    __table_args__ = ({**_RUN, "comment": "Extent of each load"},)
    load_id: Mapped[int] = column("Load", BigInteger, ForeignKey("run.load.load_id"), primary_key=True)
    theme: Mapped[str] = column("Theme", primary_key=True)
    records: Mapped[int] = column("Versions opened", BigInteger)
    geom: Mapped[object] = geometry("POLYGON", "Bounding box, city CRS")
