"""What stays of the files of graphs, and what goes: replaced ones, and those that killed processes had begun."""

from __future__ import annotations

import multiprocessing
import os
import time

import cim.analytics.network.graph_files as files
from cim.analytics.network.graph_files import remove_old_graphs, save_graph


def test_the_newest_of_each_clearance_stay(tmp_path) -> None:
    """An operator's graphs of two days do not push out the only one of everybody else."""
    names = ["water-1-a-c0-f3", "water-2-b-c0-f4", "water-3-c-c0-f4", "water-4-d-c2-f4", "water-5-e-c2-f4",
             "water-6-f-c2-f4", "water-1-a-c1-f4", "waterfall-1-a-c0-f4"]  # fmt: skip
    for age, name in enumerate(reversed(names)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    remove_old_graphs(tmp_path, "water")
    assert {path.name for path in tmp_path.iterdir()} == set(names) - {"water-1-a-c0-f3", "water-4-d-c2-f4"}


class _Bare:
    """A graph whose arrays nobody looks at."""

    def __getattr__(self, name: str) -> int:
        return 0


def test_what_a_killed_process_had_begun_goes_and_what_a_living_one_writes_stays(tmp_path, monkeypatch) -> None:
    fork = multiprocessing.get_context("fork")
    begun = fork.Semaphore(0)

    def slow(*_: object) -> None:
        begun.release()
        time.sleep(60)

    monkeypatch.setattr(files.np, "save", slow)
    builders = [fork.Process(target=save_graph, args=(_Bare(), tmp_path / name)) for name in ("water-1", "gas-1")]
    try:
        for builder in builders:
            builder.start()
            assert begun.acquire(timeout=30)
        old = time.time() - 60
        held = sorted(tmp_path.iterdir())
        assert len(held) == 2
        for path in held:
            os.utime(path, (old, old))
        remove_old_graphs(tmp_path, "water")
        assert sorted(tmp_path.iterdir()) == held, "both are being written"
        builders[0].kill()
        builders[0].join()
        young = tmp_path / ".building-young"
        young.mkdir()
        remove_old_graphs(tmp_path, "heat")
        assert len(list(tmp_path.iterdir())) == 2, "one of two that had begun, and the one just made"
        assert young.is_dir()
        builders[1].kill()
        builders[1].join()
        remove_old_graphs(tmp_path, "heat")
        assert list(tmp_path.iterdir()) == [young]
    finally:
        for builder in builders:
            builder.kill()
