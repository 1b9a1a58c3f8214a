"""One EPANET model held open: solved, changed and solved again without a second reading of its file."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cim.analytics.errors import NotPhysical
from cim.analytics.network.graph import Floats
from cim.analytics.network.hydraulics.assumptions import WaterAssumptions
from cim.analytics.network.hydraulics.epanet_file import wntr_network, write_epanet
from cim.analytics.network.hydraulics.water_model import WaterModel

# EPANET 2.2 toolkit, epanet2_enums.h.
_DEMAND, _HEAD, _DEFICIT, _BASE_DEMAND = 9, 10, 27, 1
_FLOW, _VELOCITY, _HEADLOSS, _INIT_STATUS = 8, 9, 10, 4
_WARM, _FRESH = 0, 10
_UNBALANCED, _UNSTABLE = 1, 2
_OF_CHECK_VALVES = 207
_DEFICIENT_NODES = 5
_ERRORS = 100
_ACCURACY = 1  # of EN_Option
LOOSE_ACCURACY = 1e-4
"""Accuracy that is tried where the finer one of the file is not reached; EPANET's own default is ten times coarser."""
_LITRES = 1000.0


@dataclass(frozen=True)
class Solved:
    """What EPANET found, in the model's order; metres, m3/s, m/s."""

    head_m: Floats
    """(n,) Heads."""
    supplied_m3s: Floats
    """(n,) What is taken out at nodes; at sources below zero what they put in."""
    flow_m3s: Floats
    """(m,) From start to end."""
    velocity_m_s: Floats
    """(m,) Velocities."""
    loss_m: Floats
    """(m,) Head lost along each link; pumps gain, below zero."""


class Unsolved(Exception):
    """EPANET does not come to an end with this state of the model."""


class OpenModel:
    """A model that EPANET holds open; see `open_model`."""

    def __init__(self, engine: Any, model: WaterModel) -> None:
        self._library, self._project = engine.ENlib, engine._project
        self._value = ctypes.c_double()
        self._at = ctypes.byref(self._value)
        self._time = ctypes.c_long()
        self._loose = False
        self.model = model
        self._nodes = [engine.ENgetnodeindex(str(name)) for name in model.nodes.index]
        self._links = [engine.ENgetlinkindex(str(name)) for name in model.links.index]
        self._check(self._library.EN_openH(self._project))

    def _check(self, code: int) -> None:
        if code >= _ERRORS:
            raise Unsolved(f"EPANET's error {code}")

    def run(self) -> None:
        """Solve, from the flows of the last time first, and from scratch where that leads nowhere.

        States of pumps and valves always start as the model says.

        Raises
        ------
        Unsolved
            It does not converge, or EPANET refuses.
        """
        if self._attempt(_WARM) is None:
            return
        why = self._attempt(_FRESH)
        if why is not None and not self._loose:
            # Where next to nothing flows, the smallest changes are large shares of it. The model stays loose then.
            self._loose = True
            self._check(self._library.EN_setoption(self._project, _ACCURACY, ctypes.c_double(LOOSE_ACCURACY)))
            why = self._attempt(_FRESH)
        if why is not None:
            raise Unsolved(why)

    def _attempt(self, start: int) -> str | None:
        """Solve, and return why that is no solution."""
        self._check(self._library.EN_initH(self._project, start))
        code = self._library.EN_runH(self._project, ctypes.byref(self._time))
        if code in (_UNBALANCED, _UNSTABLE):
            return "it does not converge" if code == _UNBALANCED else "it swings between two states"
        return f"EPANET's error {code}" if code >= _ERRORS else None

    @property
    def all_served(self) -> bool:
        """Whether nobody lacked any of their demand in the last run."""
        self._library.EN_getstatistic(self._project, _DEFICIENT_NODES, self._at)
        return self._value.value == 0

    def solve(self) -> Solved:
        """Solve, and return all that was found."""
        self.run()
        return Solved(
            head_m=self._of_nodes(_HEAD),
            supplied_m3s=self._of_nodes(_DEMAND) / _LITRES,
            flow_m3s=self._of_links(_FLOW) / _LITRES,
            velocity_m_s=self._of_links(_VELOCITY),
            loss_m=self._of_links(_HEADLOSS),
        )

    def as_given(self) -> Solved:
        """Solve the model before anything in it is changed: without that nothing can be told of it.

        Raises
        ------
        NotPhysical
            It does not converge, or EPANET refuses.
        """
        try:
            return self.solve()
        except Unsolved as error:
            raise NotPhysical(str(error), "look for pumps and valves that work against each other") from error

    def deficits_m3s(self, wanted: Sequence[int]) -> Floats:
        """Return what nodes, by position, lack of their demand since the last run, m3/s."""
        read, project, value, at = self._library.EN_getnodevalue, self._project, self._value, self._at
        found = np.empty(len(wanted))
        for place, position in enumerate(wanted):
            read(project, self._nodes[position], _DEFICIT, at)
            found[place] = value.value
        return found / _LITRES

    def head_of(self, position: int) -> float:
        """Return the head of one node since the last run, metres."""
        self._library.EN_getnodevalue(self._project, self._nodes[position], _HEAD, self._at)
        return float(self._value.value)

    def set_shut(self, position: int, shut: bool) -> bool:
        """Shut or open a link by its position; False for pipes with a check valve, which nobody can."""
        value = ctypes.c_double(0.0 if shut else 1.0)
        code = self._library.EN_setlinkvalue(self._project, self._links[position], _INIT_STATUS, value)
        if code != _OF_CHECK_VALVES:
            self._check(code)
        return bool(code != _OF_CHECK_VALVES)

    def set_demand(self, position: int, demand_m3s: float) -> None:
        """Change the demand of a junction by its position."""
        value = ctypes.c_double(demand_m3s * _LITRES)
        self._check(self._library.EN_setnodevalue(self._project, self._nodes[position], _BASE_DEMAND, value))

    def _of_nodes(self, what: int) -> Floats:
        return self._values(self._library.EN_getnodevalue, self._nodes, what)

    def _of_links(self, what: int) -> Floats:
        return self._values(self._library.EN_getlinkvalue, self._links, what)

    def _values(self, read: Any, places: Sequence[int], what: int) -> Floats:
        found = np.empty(len(places))
        for place, index in enumerate(places):
            read(self._project, index, what, self._at)
            found[place] = self._value.value
        return found


@contextmanager
def open_model(model: WaterModel, assumed: WaterAssumptions, *, pressure_dependent: bool = True) -> Iterator[OpenModel]:
    """Open a model in EPANET; its files stand in a temporary folder that is gone afterwards.

    Raises
    ------
    NotPhysical
        EPANET does not open it.
    """
    with tempfile.TemporaryDirectory(prefix="cim-epanet-") as folder:
        path = Path(folder) / "model.inp"
        write_epanet(wntr_network(model, assumed, pressure_dependent=pressure_dependent), path)
        # WNTR was imported above: its warnings were silenced there.
        from wntr.epanet.exceptions import EpanetException
        from wntr.epanet.toolkit import ENepanet

        engine = ENepanet()
        try:
            engine.ENopen(str(path), str(path.with_suffix(".rpt")), str(path.with_suffix(".bin")))
            opened = OpenModel(engine, model)
        except (EpanetException, Unsolved) as error:
            said = " ".join(str(error).split())
            raise NotPhysical(f"EPANET does not open the model ({said})", "tell us: it was made by us") from error
        try:
            yield opened
        finally:
            engine.ENclose()
