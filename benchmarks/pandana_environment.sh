#!/usr/bin/env bash
# An environment of its own for pandana, the peer of walking_vs_pandana.py: it is AGPL, and so never one of our dependencies.
set -euo pipefail
cd "$(dirname "$0")"
python3 -m venv .envs/pandana
.envs/pandana/bin/pip install --quiet 'pandana==0.8'
.envs/pandana/bin/python -c 'import pandana; print("pandana", pandana.__version__)'
