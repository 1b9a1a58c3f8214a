"""Hydraulics: pressures, fire flow and closures of mains by EPANET; surcharge and floods of drains by SWMM."""
