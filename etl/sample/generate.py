"""Writing a sample city: district by district, each forgotten before the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from cim.etl.sample import (
    admin,
    control_lines,
    facilities,
    faults,
    figures,
    filled_forms,
    fixtures,
    history,
    inspections,
    kerbside,
    kiosks,
    landuse,
    roads,
    services,
    surveys,
)
from cim.etl.sample.blocks import Blocks, find_blocks
from cim.etl.sample.buildings import Buildings, describe_buildings
from cim.etl.sample.cityjson import SequenceFile, building_lines
from cim.etl.sample.dem import write_dem
from cim.etl.sample.design import PREFIX
from cim.etl.sample.manifest import CRS, city_toml
from cim.etl.sample.mapping import ORIGIN
from cim.etl.sample.network import Network
from cim.etl.sample.objects import object_lines
from cim.etl.sample.owners import write_owners
from cim.etl.sample.plan import District, plan_city
from cim.etl.sample.population import population
from cim.etl.sample.projects import projects
from cim.etl.sample.randomness import Ints, stream
from cim.etl.sample.register_file import Register, Registers
from cim.etl.sample.relief import Relief, make_relief
from cim.etl.sample.settle import settle
from cim.etl.sample.street_laying import lay_streets
from cim.etl.sample.streets import Streets
from cim.etl.sample.survey import line_table, point_table
from cim.etl.sample.underground import Site, lay_networks
from cim.etl.sample.workbook import SurveyFiles
from cim.etl.sample.zoning import built_years, zone_blocks

FAULTS_FILE = "planted_faults.json"
"""List of the faults that were planted; empty in a clean city."""

_SHIFT = (int(ORIGIN[0]), int(ORIGIN[1]), 150)


@dataclass
class Written:
    """What was written."""

    buildings: int = 0
    """Buildings, kiosks left out."""
    residents: int = 0
    """Residents."""
    pipe_lines: int = 0
    """Lines of all pipe networks."""
    faults: list[faults.Fault] = field(default_factory=list)
    """Planted faults."""


@dataclass(frozen=True)
class DistrictCity:
    """One district with everything in it, before it is written."""

    streets: Streets
    """Streets."""
    blocks: Blocks
    """Blocks."""
    years: Ints
    """Year in which each block was built."""
    land: landuse.District
    """What the land registers are made from."""
    records: roads.StreetRecords
    """Names and years of the streets."""
    buildings: Buildings
    """Buildings."""
    units: admin.Units
    """Administrative units."""
    networks: Mapping[str, Network]
    """Pipe networks, with fixtures."""


def write_city(
    folder: Path, buildings: int, seed: int, *, clean: bool = False, advance: Callable[[int], None] = lambda _: None
) -> Written:
    """Write the files of a sample city into a folder that exists.

    Parameters
    ----------
    folder
        Where city.toml and the files go; files of an earlier sample are replaced.
    buildings
        Buildings of the city.
    seed
        Equal seeds give equal cities.
    clean
        Leave out the planted faults.
    advance
        Told how many buildings were done, after each district.
    """
    plan = plan_city(buildings, seed)
    relief = make_relief(plan)
    for name in ("registers", "pipes", filled_forms.FOLDER):
        _empty(folder / name)
    write_dem(folder / "terrain.tif", plan, relief, CRS)
    written, kiosk_parts, builtup = Written(), [], []
    with ExitStack() as stack:
        registers = stack.enter_context(Registers(folder, CRS))
        surveys = stack.enter_context(SurveyFiles(folder, PREFIX, buildings))
        title = "Sample city (synthetic)"
        houses = stack.enter_context(SequenceFile(folder / "buildings.city.jsonl", title, _SHIFT))
        objects = stack.enter_context(SequenceFile(folder / "objects.city.jsonl", title, _SHIFT))
        registers.write("admin_unit", admin.city_unit(plan, relief))
        for district in plan.districts:
            city = make_district(relief, district)
            plant = not clean and district.number == 0
            houses.write(building_lines(city.buildings, _SHIFT))
            objects.write(object_lines(relief, city.streets, city.records, _SHIFT))
            written.faults += _write_networks(city, surveys, plant)
            written.faults += _write_registers(relief, city, registers, plant)
            if district.number == 0:
                filled_forms.write_forms(folder, seed, inspections.filled_in(seed, city.buildings, city.units))
            kiosk_parts.append(kiosks.kiosks(relief, city.streets))
            builtup += admin.builtup_parts(relief, city.streets)
            written.buildings += len(city.buildings)
            written.residents += int(city.buildings.frame["residents"].sum())
            written.pipe_lines += sum(len(network.lines) for network in city.networks.values())
            advance(len(city.buildings))
        registers.write("builtup_area", admin.builtup_areas(builtup))
        registers.write("statistic", figures.statistics(seed))
    written.faults += _write_kiosks(folder, pd.concat(kiosk_parts, ignore_index=True), plant=not clean)
    write_owners(folder)
    (folder / "city.toml").write_text(city_toml(registers.names, surveys.names), encoding="utf-8")
    text = json.dumps(faults.as_records(written.faults), ensure_ascii=False, indent=2)
    (folder / FAULTS_FILE).write_text(text + "\n", encoding="utf-8")
    return written


def _empty(folder: Path) -> None:
    """Make a folder, or remove the files of an earlier sample from it."""
    folder.mkdir(exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


def make_district(relief: Relief, district: District) -> DistrictCity:
    """Draw one district: it needs no other, and no file."""
    seed = relief.plan.seed
    streets = lay_streets(relief, district)
    blocks = find_blocks(relief, streets)
    use = zone_blocks(seed, streets, blocks)
    years = built_years(seed, streets, blocks, use)
    settlement = settle(relief, streets, blocks, use, years)
    buildings = describe_buildings(relief, streets, blocks, settlement, years)
    records = roads.describe_streets(seed, streets)
    site = Site(relief, streets, blocks, settlement.use, records)
    rows = len(streets.valley.north.rows_m) + len(streets.valley.south.rows_m)
    networks = {name: _fitted(seed, district, network, rows) for name, network in lay_networks(site).items()}
    land = landuse.District(relief, streets, blocks, settlement.use)
    units = admin.units(relief, streets, blocks, settlement.use, years, buildings)
    return DistrictCity(streets, blocks, years, land, records, buildings, units, networks)


def _fitted(seed: int, district: District, network: Network, rows: int) -> Network:
    """Return a network with fixtures; the rows of a neighbour end at our boundary, its heating loop does not."""
    ending = rows if district.column and network.name != "heat" else 0
    return fixtures.fit_out(stream(seed, "fixtures", network.name, district.number), network, ending)


def _write_networks(city: DistrictCity, surveys: SurveyFiles, plant: bool) -> list[faults.Fault]:
    tables = {name: (point_table(network), line_table(network)) for name, network in city.networks.items()}
    planted = faults.plant_in_networks(city.networks, tables, surveys.names) if plant else []
    for name, (points, lines) in tables.items():
        surveys.write(name, points, lines)
    return planted


def _write_registers(relief: Relief, city: DistrictCity, registers: Registers, plant: bool) -> list[faults.Fault]:
    frames = _register_frames(relief, city)
    planted: list[faults.Fault] = []
    if plant:
        names = {theme: f"registers/{theme}.gpkg" for theme in frames}
        planted = faults.plant_in_registers(frames, names)
    for theme, frame in frames.items():
        registers.write(theme, frame)
    return planted


def _register_frames(relief: Relief, city: DistrictCity) -> dict[str, pd.DataFrame]:
    seed, number = relief.plan.seed, city.streets.district.number
    rng = stream(seed, "history", number)
    found = facilities.facilities(city.land, city.buildings)
    return {
        "admin_unit": city.units.frame,
        "land_use": landuse.land_use(city.land),
        "planning_parcel": landuse.planning_parcels(city.land),
        "green_space": landuse.green_spaces(city.land),
        "population": population(relief, city.streets, city.buildings),
        "construction_project": projects(city.land, city.years, city.buildings),
        "road_node": roads.road_nodes(city.streets),
        "road_edge": roads.road_edges(city.streets, city.records),
        "kerb": kerbside.kerbs(city.streets),
        "control_line": control_lines.control_lines(city.land, city.records),
        "tree": kerbside.clear_of_pipes(
            kerbside.trees(relief, city.streets, city.blocks, city.land.use), city.networks
        ),
        "facility": found,
        "pipe_device": history.pumps(city.networks),
        "service_connection": services.connections(seed, number, city.networks, city.buildings, found),
        "pipe_break": history.breaks(rng, city.networks),
        "pipe_inspection": history.inspections(rng, city.networks),
        "sensor": figures.sensors(seed, number, city.networks, city.buildings),
        "survey_finding": surveys.survey_findings(city.land, city.buildings, city.units.frame),
    }


def _write_kiosks(folder: Path, frame: pd.DataFrame, *, plant: bool) -> list[faults.Fault]:
    path = folder / "footprints_extra.gpkg"
    path.unlink(missing_ok=True)
    planted: list[faults.Fault] = []
    if plant:
        frame, planted = faults.plant_in_kiosks(frame, path.name)
    register = Register(path, "building", CRS, kiosks.LAYER)
    register.write(frame)
    register.flush()
    return planted
