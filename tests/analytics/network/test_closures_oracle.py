"""Every pipe shut in turn in one open model, against a simulation by EPANET for each."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np

from cim.analytics.network.hydraulics.closures import closures

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "criticality_vs_wntr.py"


def test_pipes_of_net3_shut_one_by_one_lack_what_epanet_says():
    peer = runpy.run_path(str(BENCHMARK))
    assumed = peer["load_assumptions"]()
    model = peer["model_of"]("Net3", assumed)
    found = closures(model, assumed.water, assumed.closure).segments["unmet_m3s"]
    worst = found.sort_values(ascending=False).index[:8]
    others = found[found.notna()].index[::12]
    asked = sorted({*worst.tolist(), *others.tolist()})
    theirs, _ = peer["one_by_one"](model, assumed, asked)
    both = np.column_stack([found.reindex(asked), theirs.reindex(asked)])
    both = both[~np.isnan(both).any(axis=1)]
    assert len(both) > 12
    assert both.max() > 0.01, "no pipe of these matters"
    np.testing.assert_allclose(both[:, 0], both[:, 1], atol=2e-4)
    assert np.corrcoef(both.T)[0, 1] >= 0.999
