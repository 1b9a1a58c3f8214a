"""Every tile of the sample city, looked at by strangers."""

import pytest

from cim.layers.tiles3d.sources import SOURCES
from cim.viewer import LOCAL


@pytest.mark.parametrize("layer", SOURCES)
def test_every_tile_of_the_sample_is_sound(sample_store, layer, examine, validated):
    theme = SOURCES[layer].themes[0]
    built = sample_store.rows(LOCAL, "SELECT 1 FROM layer.build WHERE layer = %(layer)s", {"layer": layer})
    if layer in ("pipes-combined", "pipes-industrial"):
        assert not built, f"the sample has no {layer}"
        return
    assert built, f"the sample has {theme}"
    seen = examine(sample_store, layer)
    assert seen.problems == []
    assert seen.leaf_ids
    assert validated(seen.contents) == []


def test_every_pipe_of_the_sample_is_in_a_leaf(sample_store):
    missing = sample_store.rows(
        LOCAL,
        "SELECT s.network, count(*) AS pipes FROM city.pipe_segment_current s "
        "WHERE s.feature_id NOT IN (SELECT unnest(members) FROM layer.tile3d) GROUP BY 1",
    )
    assert missing == []
