#!/usr/bin/env bash
# An environment of its own for cjdb, the peer of cityjson_vs_cjdb.py: it needs older numpy and SQLAlchemy than we do.
set -euo pipefail
cd "$(dirname "$0")"
python3 -m venv .envs/cjdb
.envs/cjdb/bin/pip install --quiet 'cjdb==2.3.0' 'numpy<2' 'sqlalchemy<2.1'
.envs/cjdb/bin/cjdb --version
