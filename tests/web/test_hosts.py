"""The server's own name: what it binds, what it prints, and under which names it answers; IPv6 as well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gunicorn.util import parse_address

from cim.settings import Settings
from cim.web import create_app
from cim.web.commands import Server
from cim.web_address import origin


@pytest.mark.parametrize(
    ("host", "port", "written"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("city.example", 80, "http://city.example:80"),
        ("::1", 8000, "http://[::1]:8000"),
        ("FD00::00:1", 9, "http://[fd00::1]:9"),
    ],
)
def test_address_is_written_as_browsers_read_it(host, port, written):
    assert origin(host, port) == written


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fd00::1", "localhost"])
def test_server_binds_the_host_that_is_told(tmp_path, monkeypatch, host):
    monkeypatch.setattr("sys.argv", ["cim"])
    server = Server(Settings(data_dir=tmp_path, host=host, port=8123), 1, 1)
    assert [parse_address(bind) for bind in server.cfg.bind] == [(host, 8123)]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("[::1]", 200),
        ("[fd00:0::1]:8000", 200),
        ("[fd00::2]:8000", 400),
        ("city.example:8000", 200),
        ("[fd00::9]", 200),
        ("evil.example", 400),
        ("fd00", 400),
        ("[::1].evil.example", 400),
        ("", 400),
    ],
)
def test_only_known_names_are_answered(sample_store, settings, name, status):
    told = replace(settings, host="fd00::1", host_names=("city.example", "fd00::9"))
    answer = create_app(told, sample_store).test_client().get("/healthz", headers={"Host": name})
    assert answer.status_code == status
    assert ("CIM_HOST_NAMES" in answer.text) == (status == 400)
