"""Clearance and cover of pipes in true 3D, judged by the tables of GB 50289."""
