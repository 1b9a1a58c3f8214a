from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.errors import BadSetting
from cim.settings import Settings, checkout_instance


def test_defaults_are_local_and_named_after_the_checkout():
    settings = Settings.from_env({})
    assert (settings.city, settings.host, settings.port) == ("sample", "127.0.0.1", 8000)
    assert settings.database_url is None
    assert settings.data_dir.name == settings.instance == checkout_instance()
    assert settings.data_dir.is_absolute()


@pytest.mark.parametrize(
    ("uid", "variables", "expected"),
    [
        (0, {}, "/var/lib/cim/x"),
        (1000, {"XDG_DATA_HOME": "/home/li/data"}, "/home/li/data/cim/x"),
        (1000, {"XDG_DATA_HOME": " "}, f"{Path.home()}/.local/share/cim/x"),
        (1000, {"CIM_DATA_DIR": "/srv/城市"}, "/srv/城市"),
        (0, {"CIM_DATA_DIR": "~/cim"}, f"{Path.home()}/cim"),
    ],
)
def test_data_folder_by_account(monkeypatch, uid, variables, expected):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert Settings.from_env({"CIM_INSTANCE": "x", **variables}).data_dir == Path(expected)


def test_a_deployment_is_isolated_only_where_somebody_says_so():
    assert not Settings.from_env({}).isolated
    assert Settings.from_env({"CIM_ISOLATED": "1"}).isolated
    with pytest.raises(BadSetting, match="CIM_ISOLATED='yes' cannot be used: give 1 or 0"):
        Settings.from_env({"CIM_ISOLATED": "yes"})


def test_two_checkouts_get_two_instances_and_a_wheel_gets_default(tmp_path):
    checkouts = [tmp_path / "a" / "cim", tmp_path / "b" / "cim", tmp_path / "site-packages" / "cim"]
    for package in checkouts:
        package.mkdir(parents=True)
    for package in checkouts[:2]:
        (package.parent / "setup.cfg").write_text("[metadata]\nname = cim\n")
    first, second, wheel = map(checkout_instance, checkouts)
    assert first != second
    assert wheel == "default"
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert checkout_instance(tmp_path / "link" / "cim") == first


@pytest.mark.parametrize("text", ["[metadata]\nname = other\n", "no section\n", "\xff"])
def test_a_strangers_setup_cfg_beside_the_package_is_no_checkout(tmp_path, text):
    (tmp_path / "setup.cfg").write_bytes(text.encode("latin-1"))
    assert checkout_instance(tmp_path / "cim") == "default"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIM_PORT", "0"),
        ("CIM_PORT", "65536"),
        ("CIM_PORT", "http"),
        ("CIM_PORT", "８０"),
        ("CIM_CITY", "Sample"),
        ("CIM_CITY", "a-b"),
        ("CIM_CITY", "x" * 51),
        ("CIM_INSTANCE", "../x"),
        ("CIM_HOST", "a b"),
        ("CIM_HOST_NAMES", "city.example ;"),
        ("CIM_EDITING", "yes"),
        ("CIM_EDIT_TOKEN", "too short"),
        ("CIM_DATA_DIR", "/dev/null"),
        ("CIM_DATA_DIR", "/srv/a\nb"),
        ("CIM_DATA_DIR", "/" + "x" * 300),
        ("CIM_DATA_DIR", "~\0"),
        ("CIM_DATA_DIR", "~no-such-account/x"),
        ("CIM_DATABASE_URL", "mysql://u@h/db"),
        ("CIM_DATABASE_URL", "host=localhost"),
        ("CIM_DATABASE_URL", "postgresql://u@h:port/db"),
        ("CIM_DATABASE_URL", "postgresql://[::1"),
    ],
)
def test_nonsense_is_refused_by_name(name, value):
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})


def test_a_refused_url_shows_no_password():
    with pytest.raises(BadSetting) as caught:
        Settings.from_env({"CIM_DATABASE_URL": "mysql://me:secret@host/db"})
    assert "secret" not in str(caught.value)


@given(st.dictionaries(st.sampled_from([f.name for f in dataclasses.fields(Settings)]), st.text(max_size=60)))
def test_any_text_gives_settings_or_bad_setting(values):
    try:
        settings = Settings.from_env({f"CIM_{name.upper()}": value for name, value in values.items()})
    except BadSetting:
        return
    assert 1 <= settings.port <= 65535
    assert settings.data_dir.is_absolute()


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.from_env({}).port = 1
