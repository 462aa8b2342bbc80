#!/usr/bin/env bash
# Creates .venv from the hashed lock files. Called by make; safe to call again.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    found="$("$python" --version 2>&1 || true)"
    echo "set-up: $python is '${found}', but Python 3.11, 3.12 or 3.13 is needed. Name one: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "set-up: installing python3-venv"
        { apt-get update && apt-get install -y --no-install-recommends python3-venv; } >/dev/null
    else
        echo "set-up: $python has no venv module. Install it (Debian: apt-get install python3-venv) and run make again." >&2
        exit 1
    fi
fi

started=$SECONDS
echo "set-up: creating .venv with $("$python" --version 2>&1)"
"$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --require-hashes -r locks/bootstrap.lock
echo "set-up: installing $(grep -c '==' locks/dev.lock) locked packages (first time: a minute or two)"
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r locks/dev.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e . -e sdk/python
touch .venv/.ready
echo "set-up: ready after $((SECONDS - started)) s"
