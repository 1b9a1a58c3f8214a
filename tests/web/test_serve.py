"""`cim serve` as a person runs it: a process of its own, on loopback, until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import orjson
import pytest


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answered(address: str, server: subprocess.Popen[str]) -> bytes:
    """Return what an address answers, waiting until the server listens."""
    for _ in range(1200):
        assert server.poll() is None, server.communicate()
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own server
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    pytest.fail(f"{address} does not answer")


def test_a_city_is_served_until_the_process_is_told_to_end(sample_cluster):
    port = free_port()
    environment = {**os.environ, "CIM_DATA_DIR": str(sample_cluster.status().data.parent)}
    command = [sys.executable, "-m", "cim", "serve", "--city", "sample", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        health = orjson.loads(answered(f"http://127.0.0.1:{port}/healthz", server))
        assert (health["status"], health["city"]) == ("ok", "sample")
        page = answered(f"http://127.0.0.1:{port}/?lang=en", server).decode()
        assert "Two Rivers sample district (synthetic)" in page
    finally:
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=60)
    assert said.splitlines()[0] == f"http://127.0.0.1:{port}"
    assert server.returncode == 0
