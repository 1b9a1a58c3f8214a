"""Which network each row of a survey belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.codes import NETWORKS
from cim.errors import BadSource
from cim.etl.readers.pipe_survey_codes import Codes, network_of_feature_code, spelled
from cim.etl.readers.pipe_survey_reading import Survey
from cim.etl.readers.pipe_survey_tables import Table
from cim.manifest import SourceSpec

Names = npt.NDArray[np.object_]

REMEDY = (
    "name the sheet by a class such as JS or WS, fill the column 管线类别, or give options.classes or options.network"
)


def given_network(source: SourceSpec) -> str | None:
    """Return option `network`, the network of whatever says nothing of its own.

    Raises
    ------
    BadSource
        It is no network.
    """
    name = source.options.get("network")
    if name is not None and name not in NETWORKS:
        raise BadSource(source.path, f"options.network = {name!r}", f"give one of {', '.join(NETWORKS)}")
    return str(name) if name else None


def networks_of(survey: Survey, table: Table, codes: Codes, given: str | None) -> Names:
    """Return the network of each row, None where nothing tells it.

    What is asked, in this order: the row's class or sub-class (管线类别), its feature code (要素代码), the name of the
    sheet or file, and the option. The class PS covers storm, sewage and combined: it tells nothing.
    """
    out = _looked_up(survey.column("class_code"), lambda text: codes.networks.get(spelled(text)))
    for found in (
        _looked_up(survey.column("feature_code"), network_of_feature_code),
        np.full(len(out), codes.networks.get(spelled(table.prefix)), dtype=object),
        np.full(len(out), given, dtype=object),
    ):
        missing = pd.isna(out)
        out[missing] = found[missing]
    return out


def class_codes(survey: Survey, table: Table) -> pd.Series:
    """Return the class or sub-class of each row as surveyed: of the row, else of the sheet."""
    own = survey.column("class_code").astype(object)
    return own.where(own.notna(), table.prefix or None)


def _looked_up(texts: pd.Series, meaning: Any) -> Names:
    """Return the meaning of each text; each distinct one is asked once."""
    codes, distinct = pd.factorize(texts)
    found = np.array([*(meaning(str(text)) for text in distinct), None], dtype=object)
    return found[codes]
