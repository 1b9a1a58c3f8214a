"""One way in to hydraulics, for the command line and notebooks."""

from __future__ import annotations

from pathlib import Path

from cim.analytics.network.graph import GRAVITY
from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.drainage import DrainQuestion, storm_hydraulics
from cim.analytics.network.hydraulics.runs import CLOSURE, FIRE, PRESSURE
from cim.analytics.network.hydraulics.storms import load_storms
from cim.analytics.network.hydraulics.water import WaterQuestion, water_hydraulics
from cim.analytics.network.hydraulics.water_reading import NETWORK
from cim.analytics.results import Run
from cim.store import Store
from cim.viewer import Viewer


def hydraulics(
    store: Store,
    viewer: Viewer,
    data_dir: Path,
    *,
    network: str = NETWORK,
    rules: Path | None = None,
    factor: float = 1.0,
    source_head_m: float | None = None,
    storm: DrainQuestion | None = None,
    fire: bool = False,
    closures: bool = False,
    again: bool = False,
) -> list[Run]:
    """Solve a network and keep what was found in `result.*`.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    data_dir
        Folder of what the platform keeps.
    network
        water, or another network of water under pressure; storm, sewage or combined.
    rules
        Folder of the city's own assumptions.
    factor
        Multiplies every demand.
    source_head_m
        Head of sources that do not tell theirs, city height, metres.
    storm
        Drainage: the storm and the river; its network counts, not `network`. The usual storm unless told.
    fire, closures
        Find what hydrants give, and what is not met while each pipe is shut, too.
    again
        Solve even if an earlier run answered the same on the same data.

    Raises
    ------
    UnknownNetwork, BadQuestion, NoModel, NotPhysical
        As `water_hydraulics` and `storm_hydraulics` say.
    """
    assumed, folder = load_assumptions(rules), data_dir / "graphs"
    if storm is not None or network in GRAVITY:
        asked = storm or DrainQuestion(network, factor=factor)
        return [storm_hydraulics(store, viewer, folder, assumed, load_storms(rules), asked, again=again)]
    kinds = [PRESSURE, *([FIRE] if fire else []), *([CLOSURE] if closures else [])]
    question = WaterQuestion(network, factor, source_head_m)
    return [water_hydraulics(store, viewer, folder, assumed, question, kind=kind, again=again) for kind in kinds]
