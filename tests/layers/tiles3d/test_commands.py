"""`cim layers` as a person runs it."""

import pytest
from click.testing import CliRunner

from cim.errors import UnknownLayer
from cim.layers.commands import layers


@pytest.fixture
def run(database, town, settings, monkeypatch):
    with town.Town(database) as made:
        town.fill(made)
    monkeypatch.setenv("CIM_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CIM_INSTANCE", settings.instance)
    monkeypatch.setenv("CIM_CITY", database.city.slug)

    def ran(*arguments):
        result = CliRunner().invoke(layers, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return [line.split() for line in result.stdout.splitlines()]

    return ran


def test_build_all_then_nothing_then_list(run):
    first = run("build", "buildings", "pipes-water")
    assert [line[:3] for line in first] == [["buildings", "60", "features"], ["pipes-water", "7", "features"]]
    assert [line[-3:] for line in run("build", "buildings")] == [["up", "to", "date"]]
    assert [line[:3] for line in run("list")[1:]] == [["buildings", "60", "2"], ["pipes-water", "7", "2"]]


def test_an_unknown_layer_is_named(run):
    with pytest.raises(UnknownLayer, match="'moats'"):
        run("build", "moats")


def test_layers_older_than_their_data_are_told(run, database, town):
    run("build", "buildings")
    assert "older" not in run("list")[1]
    with town.Town(database) as more:
        more.add_house(town.X0 + 300, town.Y0)
    assert "older" in run("list")[1]
