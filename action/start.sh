#!/usr/bin/env bash
# Starts `sluice action`; installs what it needs first, once per machine, hash-locked, into the runner's tool cache.
# A second start finds the folder complete and installs nothing.
set -euo pipefail

here="${SLUICE_ACTION_PATH:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"

say() { printf 'sluice: %s\n' "$*" >&2; }
fail() { printf '::error title=Sluice could not start::%s\n' "$*"; exit 3; }

# Nothing before the last line runs in the checkout or sees the token: a `platform.py` or a `uv.toml` that lies there
# must not be anybody's module or configuration.
aside() { (cd "$here" && env -u INPUT_TOKEN "$@"); }

# Planning and publishing need little; only `run` needs the data engine and the statistics.
case "${INPUT_COMMAND:-auto}" in
  plan | publish) lock="$here/requirements/publish.txt" ;;
  *) lock="$here/requirements/runtime.txt" ;;
esac

python=""
for candidate in python3 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null && aside "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python="$(command -v "$candidate")"
    break
  fi
done
[ -n "$python" ] || fail "no Python 3.11 or newer is on PATH; add one to the runner, or a step that sets it up"

# The folder's name says what is in it: another lock or another Python is another folder.
key="$({ cat "$lock"; aside "$python" -I -c 'import sys, platform; print(sys.version, platform.machine(), sys.prefix)'; } | sha256sum | cut -c1-32)"
cache="${SLUICE_CACHE:-${RUNNER_TOOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}}}/sluice"
home="$cache/$key"

made=""
clean() { [ -z "$made" ] || rm -rf "$made"; }

install() {
  mkdir -p "$cache"
  made="$(mktemp -d "$cache/.$key.XXXXXX")"
  say "installing into $home (once for this machine)"
  if command -v uv >/dev/null; then
    aside uv venv --quiet --relocatable --python "$python" "$made/venv" &&
      aside uv pip install --quiet --compile-bytecode --python "$made/venv/bin/python" --require-hashes --no-deps -r "$lock"
  else
    aside "$python" -I -m venv "$made/venv" &&
      aside "$made/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r "$lock"
  fi || fail "the packages of $lock could not be installed, for the reason above; see that this runner reaches a package index"
  # Two jobs may install at once: the first rename wins, the other's work is thrown away.
  mv -T "$made" "$home" 2>/dev/null || [ -x "$home/venv/bin/python" ] || fail "could not move $made to $home"
}

trap clean EXIT
[ -x "$home/venv/bin/python" ] || install
clean # `exec` leaves no trap behind

# Isolated: nothing of the working directory, of PYTHONPATH or of a user's site-packages is ever imported.
exec "$home/venv/bin/python" -I -c \
  'import sys; sys.path.insert(0, sys.argv.pop(1)); from sluice.entry.action import main; sys.exit(main())' "$here/src"
