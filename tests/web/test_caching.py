"""What a client may keep: tags that outlive a restart, and bodies packed only for who can unpack them."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

TAG = """
from pathlib import Path
from flask import Flask
from cim.settings import Settings
from cim.web import caching, context

class City:
    def rows(self, viewer, statement):
        return [{"data_version": 7, "built": "1716200000.5", "analysed": None}]

app = Flask("any")
context.attach(app, Settings(data_dir=Path("/nowhere")), City())
with app.test_request_context("/api/layers?lang=en"):
    print(caching.city_etag())
"""


def test_tags_are_the_same_in_every_process():
    tags = {
        subprocess.run(
            [sys.executable, "-c", TAG], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(tags) == 1


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("identity", False), ("gzip;q=0, br", False), ("", False)],
)
def test_terrain_is_packed_for_who_accepts_it(client, sample_store, accepted, packed):
    answer = client.get("/tiles/terrain/0/1/0.terrain", headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert "Accept-Encoding" in answer.headers["Vary"]
    mesh = gzip.decompress(answer.data) if packed else answer.data
    plain = client.get("/tiles/terrain/0/1/0.terrain")
    assert mesh == plain.data
    assert len(mesh) > 92, "a quantized mesh has a header of 88 bytes and its number of vertices"
    assert (answer.headers["ETag"] == plain.headers["ETag"]) != packed, "two representations, two tags"
    again = client.get("/tiles/terrain/0/1/0.terrain", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
