#!/bin/sh
# The main job of ghstate from beginning to end, on an organization of this machine:
# no token, no network. Everything happens in a temporary directory, which goes again.
#
# GHSTATE names the program to run; without it, the one beside this checkout, or on PATH.
set -eu

examples=$(cd "$(dirname "$0")" && pwd)
beside="$examples/../.venv/bin/ghstate"
if [ -z "${GHSTATE:-}" ]; then
  if [ -x "$beside" ]; then GHSTATE=$beside; else GHSTATE=ghstate; fi
fi
unset GHSTATE_TOKEN GH_TOKEN GITHUB_TOKEN GITHUB_API_URL GITHUB_GRAPHQL_URL || true

work=$(mktemp -d "${TMPDIR:-/tmp}/ghstate-demo.XXXXXX")
sandbox=
leave() {
  code=$?
  trap - EXIT INT TERM HUP
  if [ -n "$sandbox" ]; then
    kill "$sandbox" 2>/dev/null || true
    wait "$sandbox" 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$code"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

say() { printf '\n== %s\n' "$1"; }
ghstate() {
  printf '$ ghstate %s\n' "$*"
  "$GHSTATE" "$@"
}

say "A sandbox starts: the organization of examples/small, on a free port."
"$GHSTATE" sandbox --seed "$examples/small" --port 0 >"$work/sandbox.log" 2>&1 &
sandbox=$!
tries=0
until grep -q '^export GITHUB_API_URL=' "$work/sandbox.log"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$sandbox" 2>/dev/null; then
    cat "$work/sandbox.log" >&2
    echo "demo: the sandbox did not start" >&2
    exit 1
  fi
  sleep 0.1
done
GITHUB_API_URL=$(sed -n 's/^export GITHUB_API_URL=//p' "$work/sandbox.log")
GHSTATE_TOKEN=$(sed -n 's/^export GHSTATE_TOKEN=//p' "$work/sandbox.log")
export GITHUB_API_URL GHSTATE_TOKEN
mkdir "$work/project"
cd "$work/project"

say "A project begins, and the organization is written down as files."
ghstate init acme
ghstate import

say "The files say what is there, so there is nothing to do."
ghstate plan --detailed-exitcode

say "The files are edited: erin joins, in a team; carol becomes an owner."
sed 's/^carol = "member"$/carol = "admin"/' members.toml >"$work/edited"
echo 'erin = "member"' >>"$work/edited"
mv "$work/edited" members.toml
sed 's/"bob", "dave"/"bob", "dave", "erin"/' teams.toml >"$work/edited"
mv "$work/edited" teams.toml
cat members.toml

say "A plan shows what that means, and changes nothing."
ghstate plan

say "Apply carries it out."
ghstate apply --auto-approve

say "Erin has not answered yet. Nobody invites her twice."
ghstate plan --refresh --detailed-exitcode

say "Erin accepts."
ghstate sandbox accept erin

say "The last plan is empty, and nobody is waited for."
code=0
ghstate plan --refresh --detailed-exitcode || code=$?
if [ "$code" -ne 0 ]; then
  echo "demo: the last plan is not empty (exit $code)" >&2
  exit 1
fi
say "That was all. The sandbox stops, and its files go."
