"""Customers are linked by what their register says, else by account, else by place; the rest is told."""

from __future__ import annotations

import pandas as pd
import pytest

from cim.etl.customer_links import customer_links


@pytest.fixture
def customer_town(house_town):
    """Four houses; water customers linked in each way, and gas customers in none."""
    town = house_town
    places = [town.square(column).centroid for column in range(3)]
    (town.folder / "service.csv").write_text(
        "key,network,building_key,account\nv1,water,b,2\nv2,gas,b,9\n", encoding="utf-8"
    )
    rows = [
        ("给水", "1", "a", "", "", "是"),
        ("给水", "2", "", "", "", ""),
        ("给水", "3", "", places[2].x, places[2].y, ""),
        ("给水", "4", "", places[2].x, places[2].y + 25, ""),
        ("给水", "5", "", places[2].x, places[2].y + 500, ""),
        ("燃气", "2", "", "", "", "是"),
    ]
    frame = pd.DataFrame(rows, columns=["管网类型", "户号", "建筑编号", "x", "y", "敏感用户"])
    frame.to_csv(town.folder / "customer.csv", index=False, encoding="gb18030")
    town.source("services", "register", "service.csv", options={"theme": "service_connection"})
    town.source("customers", "register", "customer.csv", crs="EPSG:4545", classification=2)
    reports = town.load()
    assert [report.outcome.rejected for report in reports.values()] == [0, 0, 0]
    return town


def test_how_each_customer_is_linked(customer_town):
    rows = customer_town.rows(
        "SELECT f.source_key AS key, l.linked_by, b.source_key AS building, round(l.distance_m::numeric, 1) AS metres "
        "FROM city.customer_link l JOIN city.feature f ON f.feature_id = l.customer_id "
        "LEFT JOIN city.feature b ON b.feature_id = l.building_id ORDER BY 1"
    )
    found = {row["key"]: (row["linked_by"], row["building"]) for row in rows}
    assert found == {
        "gas/2": (None, None),
        "water/1": ("register", "a"),
        "water/2": ("service_connection", "b"),
        "water/3": ("inside", "c"),
        "water/4": ("nearest", "c"),
        "water/5": (None, None),
    }
    assert {row["key"]: float(row["metres"]) for row in rows if row["metres"] is not None} == {
        "water/3": 0.0, "water/4": 20.0,
    }  # fmt: skip


def test_the_share_that_is_not_linked_is_told(customer_town):
    with customer_town.connect() as connection:
        rows = customer_links(connection)
    shares = {(row["network"], row["linked_by"]): (row["customers"], float(row["share"])) for row in rows}
    assert shares["water", "not linked"] == (1, pytest.approx(0.2))
    assert shares["gas", "not linked"] == (1, 1.0)
    assert sum(row["sensitive"] for row in rows) == 2


def test_customers_are_as_visible_as_their_source(customer_town):
    with customer_town.connect("web") as connection:
        assert customer_links(connection) == []
