#!/usr/bin/env bash
# Resolves every lock file anew. Hashes stand in them; the address of an index never does.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$@"; }
compile --all-extras pyproject.toml -o locks/dev.lock
# What images carry: the applications' part alone, each package in the version that the tests above run with.
compile --extra apps --constraint locks/dev.lock pyproject.toml -o locks/apps.lock
echo 'uv==0.13.9' | compile - -o locks/bootstrap.lock
# Checkov needs a hundred packages, some in other versions than ours: it has an environment of its own (tools/checkov.py).
echo 'checkov==3.3.30' | compile - -o locks/checkov.lock
