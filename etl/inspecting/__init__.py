"""`cim inspect`: what a file is, before anything is loaded; one module a format, each with a constant `INSPECTOR`."""
