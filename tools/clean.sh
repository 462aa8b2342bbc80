#!/usr/bin/env bash
# Deletes what is made from the repository. With --all also what took minutes or holds data: .tools and .local.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=.local/supervisor.lock

# A platform holds its lock for as long as it runs, and it runs from .venv.
if [ -e "$lock" ] && ! "${PYTHON:-python3}" -c 'import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)' "$lock" 2>/dev/null; then
    echo "clean: a platform runs from .local; deleting .venv would break it. End it with: .venv/bin/coditect down" >&2
    exit 1
fi

made=(.venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis ./*.egg-info sdk/python/src/*.egg-info build dist)
if [ "${1:-}" = --all ]; then
    made+=(.tools .local)
    kept=""
else
    kept="; kept .tools (built programs) and .local (the local platform's data): make clean-all deletes them too"
fi
for path in "${made[@]}"; do
    rm -rf -- "$path"
done
find . -name __pycache__ -type d -not -path './.tools/*' -not -path './.local/*' -prune -exec rm -rf {} +
echo "clean: deleted .venv, caches and build output${kept:-, .tools and .local}"
