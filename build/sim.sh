#!/bin/bash
# The simulation with a model of signatures instead of Ed25519 (see
# internal/sim/signatures): half the cost of a seed. Everything else is the programs' own.
# A seed replays exactly in the same build; with real signatures a packed page has another
# length, so its trace is another one.
#
#   build/sim.sh build FILE                        a test binary
#   build/sim.sh -seed 2001 -seeds 4 -full         plays seeds (more flags: internal/sim/sim_test.go)
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
overlay=$(mktemp)
trap 'rm -f "$overlay"' EXIT
printf '{"Replace": {"%s": "%s"}}\n' "$root/syncproto/primitive.go" "$root/internal/sim/signatures/primitive.go.txt" >"$overlay"
if [[ ${1:-} == build ]]; then
	${GO:-go} test -overlay "$overlay" -c -o "$2" ./internal/sim
	exit
fi
${GO:-go} test -overlay "$overlay" -timeout 0 -v -run 'TestSmokeCore$' ./internal/sim "$@"
