"""A model as WNTR's network and as the input file that EPANET opens: litres a second and metres."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cim.analytics.network.hydraulics.assumptions import WaterAssumptions
from cim.analytics.network.hydraulics.water_model import WaterModel

ACCURACY = 1e-6
"""Sum of changes of flow over sum of flows at which EPANET stops; its own default of 0.001 leaves centimetres."""
_ONE_AT_A_TIME = threading.Lock()


def wntr_network(model: WaterModel, assumed: WaterAssumptions, *, pressure_dependent: bool = True) -> Any:
    """Return WNTR's network: nodes and links are called by their feature ids.

    Parameters
    ----------
    model
        What is solved.
    assumed
        Pressures of pressure-dependent demand.
    pressure_dependent
        False: demands are met whatever the pressure.
    """
    with _silent():
        # Imported here: it takes seconds, which every other question would pay.
        from wntr.network import WaterNetworkModel

        network = WaterNetworkModel()
        _options(network.options, model, assumed, pressure_dependent)
        for row in model.nodes.itertuples():
            _add_node(network, row)
        for row in model.links.itertuples():
            _add_link(network, row)
    return network


def write_epanet(network: Any, path: Path) -> None:
    """Write WNTR's network as an EPANET 2.2 input file."""
    with _silent():
        from wntr.epanet import InpFile

        InpFile().write(str(path), network, units="LPS", version=2.2)


@contextmanager
def _silent() -> Iterator[None]:
    """Silence WNTR: it and what it imports use deprecated parts of their dependencies, and it warns of what is meant.

    What is silenced holds in the whole process, so that whoever restores it must be who silenced it last.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _options(options: Any, model: WaterModel, assumed: WaterAssumptions, pressure_dependent: bool) -> None:
    hydraulic = options.hydraulic
    hydraulic.inpfile_units = "LPS"
    hydraulic.headloss = model.headloss
    hydraulic.accuracy = ACCURACY
    hydraulic.trials = 200
    hydraulic.unbalanced = "STOP"
    hydraulic.demand_model = "PDA" if pressure_dependent else "DDA"
    hydraulic.minimum_pressure = assumed.least_pressure_m
    hydraulic.required_pressure = assumed.required_pressure_m
    hydraulic.pressure_exponent = assumed.pressure_exponent
    options.time.duration = 0


def _add_node(network: Any, row: Any) -> None:
    name = str(row.Index)
    if row.kind == "reservoir":
        network.add_reservoir(name, base_head=row.level_m)
    elif row.kind == "tank":
        tank: Mapping[str, float] = row.tank
        network.add_tank(name, elevation=row.level_m, **tank)
    else:
        network.add_junction(name, base_demand=row.demand_m3s, elevation=row.level_m)


def _add_link(network: Any, row: Any) -> None:
    name, ends = str(row.Index), (str(row.start), str(row.end))
    status = "CLOSED" if row.closed else "OPEN"
    size = row.diameter_mm / 1000
    if row.kind == "pump":
        _add_pump(network, name, ends, row.pump, status)
    elif row.kind == "valve":
        # A control valve that is not held open or shut keeps its setting.
        held = "CLOSED" if row.closed else "ACTIVE"
        network.add_valve(name, *ends, diameter=size, valve_type=row.valve_type, minor_loss=row.minor_loss,
                          initial_setting=row.setting, initial_status=held)  # fmt: skip
    else:
        network.add_pipe(name, *ends, length=row.length_m, diameter=size, roughness=row.roughness,
                         minor_loss=row.minor_loss, initial_status=status, check_valve=row.check_valve)  # fmt: skip


def _add_pump(network: Any, name: str, ends: tuple[str, str], pump: Mapping[str, Any], status: str) -> None:
    told: dict[str, Any] = {"speed": pump["speed"], "initial_status": status}
    if "curve" in pump:
        network.add_curve(f"C{name}", "HEAD", [tuple(point) for point in pump["curve"]])
        network.add_pump(name, *ends, pump_type="HEAD", pump_parameter=f"C{name}", **told)
    else:
        network.add_pump(name, *ends, pump_type="POWER", pump_parameter=pump["power_w"], **told)
