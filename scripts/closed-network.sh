#!/usr/bin/env bash
# Run a command in a network of its own that has the loopback and nothing else, so that no library, in whatever
# language, can reach another host. Where the kernel does not allow it the command runs as it is, with a warning;
# the guard in tests/conftest.py still closes Python's own sockets.
set -euo pipefail
if unshare -rn true 2>/dev/null && command -v ip >/dev/null; then
  exec unshare -rn bash -c 'ip link set lo up && exec "$@"' closed-network "$@"
fi
echo "note: no network namespace to be had here; only Python's own sockets are closed" >&2
exec "$@"
