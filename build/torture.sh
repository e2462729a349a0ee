#!/bin/bash
# The nightly size of every torture test, one stage after the other, with a journal below torture/
# (not kept by git) and a summary at the end. Every run prints its seeds; a failing one is replayed
# as its log says. A stage that fails does not stop the others.
#
#   build/torture.sh                 everything (see TORTURE.md for how long it takes)
#   build/torture.sh core processes  these stages alone
set -uo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
journal=torture/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$journal"
export BENDO_TORTURE=full

stages=(core bubble sim processes rooms fuzz race)
(($#)) && stages=("$@")

run() { # name, command…
	local name=$1 begun=$SECONDS state=passed
	shift
	echo "== $name: $*"
	"$@" >"$journal/$name.log" 2>&1 || state=FAILED
	printf '%-12s %s in %d s\n' "$name" "$state" $((SECONDS - begun)) | tee -a "$journal/summary"
	grep -hE 'seed [0-9]+ \(repeat|seeds from [0-9]+|^--- FAIL|^ +--- FAIL|NOT TESTED|NOT RUN' "$journal/$name.log" | sort | uniq | head -100 >>"$journal/summary"
}

# The rooms that have sizes of their own beside internal/sim.
rooms() { grep -rl --include='*_test.go' 'BENDO_TORTURE' . | grep -v '^./internal/sim/' | xargs -rn1 dirname | sort -u; }

for stage in "${stages[@]}"; do
	case $stage in
	core) run core $go test -count=1 -timeout 24h -v -run 'TestSmokeCore' ./internal/sim ;;
	bubble) run bubble $go test -count=1 -timeout 24h -v -run 'TestSmokeBubble' ./internal/sim ;;
	sim) run sim $go test -count=1 -timeout 2h -v -skip 'TestSmokeCore|TestSmokeBubble' ./internal/sim ;;
	processes) run processes $go test -count=1 -timeout 24h -p 1 -parallel "${PARALLEL:-4}" -v $($go list ./internal/sim/... | grep -v '/internal/sim$') ;;
	rooms) run rooms $go test -count=1 -timeout 12h -p 1 -v $(rooms) ;;
	fuzz) run fuzz build/fuzz.sh "${FUZZ_INPUTS:-1000000}x" ;;
	race) run race make race ;;
	*)
		echo "no stage $stage: ${stages[*]}" >&2
		exit 1
		;;
	esac
done
echo "== summary ($journal/summary)"
cat "$journal/summary"
! grep -q FAILED "$journal/summary"
