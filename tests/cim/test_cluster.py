from __future__ import annotations

from cim.viewer import Viewer


def test_database_is_migrated_and_owned_by_cim_owner(database):
    owner = "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()"
    nobody = Viewer("test")
    assert database.rows(nobody, owner) == [{"owner": "cim_owner"}]
    assert database.rows(nobody, "SELECT count(*) AS n FROM city.building") == [{"n": 0}]
