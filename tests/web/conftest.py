"""A photo of a survey, which the sample city has none of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import pytest

from cim.store import Store
from cim.viewer import OPERATOR

JPEG = b"\xff\xd8\xff\xe0rest"
_SET = "UPDATE city.survey_finding SET attributes = %s, classification = %s WHERE version_id = %s"


@dataclass(frozen=True)
class Photo:
    """A photo that is kept, and the finding that may name it."""

    name: str
    """Of its file."""
    content: bytes
    """Its bytes."""
    classify: Callable[[int], None]
    """Let the finding name it, and classify the finding."""


@pytest.fixture
def photo(sample_cluster, settings) -> Iterator[Photo]:
    """Keep a photo; a finding names it, and another that is not there, once it is classified."""
    name = f"{sha256(JPEG).hexdigest()}.jpg"
    file = settings.data_dir / "photo" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(JPEG)
    with Store.open(sample_cluster, "sample") as owner:
        query = "SELECT version_id, attributes::text FROM city.survey_finding_current WHERE photo IS NOT NULL LIMIT 1"
        (row,) = owner.rows(OPERATOR, query)

        def change(classification: int, attributes: str | None) -> None:
            with owner.connection(OPERATOR) as connection:
                connection.execute(_SET, (attributes, classification, row["version_id"]))

        named = f'{{"photo_file": "{"0" * 64}.png;{name};../x"}}'
        yield Photo(name, JPEG, lambda classification: change(classification, named))
        change(0, row["attributes"])
    file.unlink()
