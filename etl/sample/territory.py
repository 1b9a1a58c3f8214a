"""Outlines in planned coordinates: districts, banks, the rivers, built-up land."""

from __future__ import annotations

import numpy as np
import shapely

from cim.etl.sample.layout import edge_u
from cim.etl.sample.plan import District
from cim.etl.sample.randomness import Floats
from cim.etl.sample.relief import Relief, half_stream
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.streets import climb_course
from cim.etl.sample.valley import HALF_RIVER_M, Bank, Valley

_STEP_M = 40.0


def boundary(valley: Valley, column: int, bank: Bank) -> tuple[Floats, Floats]:
    """Return u and c of the boundary street of a column on one bank, from the river's middle to the ridge."""
    u, c = [np.array([edge_u(valley, column, 0)])], [np.array([0.0])]
    for row in range(len(bank.rows_m) - 1):
        low, high = float(bank.across[row]), float(bank.across[row + 1])
        span = abs(high - low)
        near = SECTIONS[bank.classes[row]].bench_m / span
        far = 1.0 - SECTIONS[bank.classes[row + 1]].bench_m / span
        share = np.linspace(0.0, 1.0, 9)[:-1]
        along = climb_course(share, np.array(near), np.array(far))
        start, end = edge_u(valley, column, row), edge_u(valley, column, row + 1)
        u.append(start + along * (end - start))
        c.append(low + share * (high - low))
    last = edge_u(valley, column, len(bank.rows_m) - 1)
    u.append(np.array([last, last]))
    c.append(np.array([float(bank.across[-1]), bank.side * (HALF_RIVER_M + bank.crest_m)]))
    return np.concatenate(u), np.concatenate(c)


def bank_outline(
    relief: Relief, valley: Valley, district: District, bank: Bank, near_c: float, far_c: float
) -> shapely.Polygon:
    """Return the part of a district on one bank between two distances from the river's middle."""
    left = _between(boundary(valley, district.column, bank), near_c, far_c)
    right = _between(boundary(valley, district.column + 1, bank), near_c, far_c)
    foot = np.arange(left[0][0] + _STEP_M, right[0][0] - _STEP_M / 2, _STEP_M)
    head = np.arange(left[0][-1] + _STEP_M, right[0][-1] - _STEP_M / 2, _STEP_M)
    u = np.concatenate([left[0][::-1], foot, right[0], head[::-1]])
    c = np.concatenate([left[1][::-1], np.full(len(foot), near_c), right[1], np.full(len(head), far_c)])
    return shapely.Polygon(np.column_stack(relief.place(valley, u, c)))


def _between(course: tuple[Floats, Floats], near_c: float, far_c: float) -> tuple[Floats, Floats]:
    u, c = course
    order = np.argsort(np.abs(c))
    inside = (np.abs(c) > abs(near_c)) & (np.abs(c) < abs(far_c))
    ends = np.interp(np.abs([near_c, far_c]), np.abs(c)[order], u[order])
    return (
        np.concatenate([ends[:1], u[inside], ends[1:]]),
        np.concatenate([[near_c], c[inside], [far_c]]),
    )


def district_outline(relief: Relief, district: District) -> shapely.Geometry:
    """Return the outline of a district from ridge to ridge."""
    valley = relief.valley(district.valley)
    parts = [
        bank_outline(relief, valley, district, bank, 0.0, bank.side * (HALF_RIVER_M + bank.crest_m))
        for bank in valley.banks
    ]
    return shapely.union_all(shapely.buffer(parts, 0.01)).buffer(-0.01)


def stream_course(valley: Valley, column: int) -> tuple[Floats, Floats, Floats]:
    """Return c, left u and right u of the second river's banks, from confluence to head."""
    c = np.arange(HALF_RIVER_M - 20.0, HALF_RIVER_M + valley.north.crest_m - 60.0, 20.0)
    half = half_stream(c - HALF_RIVER_M, valley.north.crest_m)
    middle = float(valley.stream_u(column))
    return c, middle - half, middle + half


def river_outline(relief: Relief, valley: Valley, district: District) -> shapely.Geometry:
    """Return the water of both rivers in a district."""
    start, end = edge_u(valley, district.column, 0), edge_u(valley, district.column + 1, 0)
    u = np.linspace(start, end, max(int((end - start) / _STEP_M), 4))
    half = np.full(len(u), HALF_RIVER_M)
    x, y = relief.place(valley, np.concatenate([u, u[::-1]]), np.concatenate([-half, half]))
    c, left, right = stream_course(valley, district.column)
    sx, sy = relief.place(valley, np.concatenate([left, right[::-1]]), np.concatenate([c, c[::-1]]))
    return shapely.union(shapely.Polygon(np.column_stack([x, y])), shapely.Polygon(np.column_stack([sx, sy])))
