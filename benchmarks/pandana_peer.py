"""The peer's half of walking_vs_pandana.py, for the Python of .envs/pandana: arrays in, distances and seconds out."""

from __future__ import annotations

import sys
import time

import numpy as np
import pandana
import pandas as pd


def main(asked: str, told: str) -> None:
    """Read the network, the places and the homes (both at nodes) and write what pandana finds."""
    given = np.load(asked)
    clocks = [(time.perf_counter(), time.process_time())]
    x, y = pd.Series(given["x"]), pd.Series(given["y"])
    weights = pd.DataFrame({"metres": given["length_m"]})
    network = pandana.Network(x, y, pd.Series(given["start"]), pd.Series(given["end"]), weights, twoway=True)
    clocks.append((time.perf_counter(), time.process_time()))
    limit = float(given["limit_m"])
    network.set_pois("places", limit, 1, x.iloc[given["places"]], y.iloc[given["places"]])
    found = network.nearest_pois(limit, "places", num_pois=1, max_distance=np.inf)[1].to_numpy()
    clocks.append((time.perf_counter(), time.process_time()))
    seconds = np.diff(np.array(clocks), axis=0)
    np.savez(told, metres=found[given["homes"]], build=seconds[0], query=seconds[1], version=pandana.__version__)


if __name__ == "__main__":
    main(*sys.argv[1:])
