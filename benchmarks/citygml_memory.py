"""A large CityGML file into PostGIS: how long it takes, and in how much memory.

PLATEAU's buildings of Yokosuka in CIM_REAL_DATA, repeated side by side under ids of their own until the file has the
size asked for::

    CIM_REAL_DATA=... python benchmarks/citygml_memory.py --megabytes 500

Asked: 500 MB in 800 MB of memory.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

import numpy as np
from private_server import run, server

MANIFEST = """
[city]
slug = "bench_citygml"
name_zh = "基准"
name_en = "Benchmark"
crs = "EPSG:6677"
vertical_datum = "JGD2011 (vertical)"
ellipsoid_offset_m = 36.0
[[source]]
name = "plateau"
kind = "citygml"
path = "city.gml"
"""
APART_DEG = 0.006
"""Between two copies, degrees: more than the file is wide."""
IN_A_ROW = 30


def write_copies(source: Path, target: Path, megabytes: float) -> int:
    """Write the file's buildings again and again, and return how many there are."""
    text = source.read_text(encoding="utf-8")
    first = text.index("<core:cityObjectMember>")
    last = text.rindex("</core:cityObjectMember>") + len("</core:cityObjectMember>")
    head, members, tail = text[:first], text[first:last], text[last:]
    # Places and ids by turns with what lies between them.
    parts = re.split(r'(<gml:(?:posList|pos)[^>]*>[^<]*<|gml:id="[^"]*")', members)
    buildings = members.count("<bldg:Building ")
    copies = 0
    with target.open("w", encoding="utf-8") as file:
        file.write(head)
        while file.tell() < megabytes * 1e6:
            file.write("".join(_shifted(part, copies) if at % 2 else part for at, part in enumerate(parts)))
            copies += 1
        file.write(tail)
    return copies * buildings


def _shifted(part: str, copy: int) -> str:
    """Return an id of its own, or places in the copy's place; the first copy is the file, textures and all."""
    if copy == 0:
        return part
    if part.startswith("gml:id"):
        return f'{part[:-1]}-{copy}"'
    opening, numbers = part[:-1].split(">", 1)
    places = np.array(numbers.split(), dtype=np.float64).reshape(-1, 3)
    places[:, 0] += APART_DEG * (copy // IN_A_ROW)
    places[:, 1] += APART_DEG * (copy % IN_A_ROW)
    return f"{opening}>{' '.join(map(repr, places.ravel().tolist()))}<"


def main() -> None:
    """Write, load and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=500)
    asked = parser.parse_args()
    source = Path(os.environ["CIM_REAL_DATA"]) / "citymodels" / "plateau_yokosuka_bldg.gml"
    with server() as (_, settings, folder):
        count = write_copies(source, folder / "city.gml", asked.megabytes)
        (folder / "city.toml").write_text(MANIFEST, encoding="utf-8")
        size = (folder / "city.gml").stat().st_size / 1e6
        print(f"{size:,.0f} MB, {count:,} buildings", flush=True)
        took = run(
            [sys.executable, "-m", "cim", "load", str(folder)],
            {"CIM_DATA_DIR": str(settings.data_dir)},
            settings.data_dir / "pg",
        )
        print(f"{took.seconds:,.1f} s by the clock, {took.cpu:,.1f} + {took.server_cpu:,.1f} s of processor time")
        print(f"peak {took.peak_mb:,.0f} MB, the server {took.server_mb:,.0f} MB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
