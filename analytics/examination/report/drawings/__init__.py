"""Maps and charts of the report, each drawn once as a sheet that every file shows."""
