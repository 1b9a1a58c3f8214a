"""Alembic migrations of a city's database. `cim.city.migrate` runs them; nobody else needs to."""
