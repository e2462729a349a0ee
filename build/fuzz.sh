#!/bin/bash
# Every fuzz target of the tree, each for so long (20s) or so many inputs (1000000x), after a look
# whether every parser on the list has one. The targets themselves hold an input to 64 MiB and a
# second (internal/bounded).
#
#   build/fuzz.sh 1000000x [package…]
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
long=${1:-20s}
shift || true

# What reads bytes that somebody else wrote, and the target that reads them.
parsers=(
	"envelope and batch:./syncproto:FuzzOpenBatch"
	"header:./syncproto:FuzzDecodeHeader"
	"event:./syncproto:FuzzDecodeEvent"
	"messages:./syncproto:FuzzMessages"
	"feed page:./syncproto:FuzzFeed"
	"requests of the road:./syncproto/synchttp:FuzzHandler"
	"packets on the line:./internal/line/packet:FuzzCarrier"
	"enrolment code:./syncproto:FuzzParseCode"
	"bundle:./syncproto:FuzzBundle"
	"form:./internal/form:FuzzParse"
	"expression of a form:./internal/form:FuzzExpression"
	"pack:./internal/catalog:FuzzOpen"
	"search of the catalogue:./internal/catalog:FuzzSearch"
	"dossier:./internal/dossier:FuzzParse"
	"card QR:./internal/vietnam:FuzzCardQR"
	"card MRZ:./internal/vietnam:FuzzMRZ"
	"slip QR:./internal/dossier:FuzzReadSlipQR"
	"what a slip scanner gives:./internal/slipcheck:FuzzJudge"
	"list of machine keys:./internal/slipcheck:FuzzOpenList"
	"reporting period:./internal/report:FuzzParsePeriod"
	"roster of staff:./internal/staff:FuzzOpenRoster"
	"signed roster:./internal/staff:FuzzSignedBody"
	"key file:./internal/seal:FuzzKeyFile"
	"sealed stream:./internal/seal:FuzzStream"
	"journal:./internal/journal:Fuzz"
	"prepared folder:./kiosk:FuzzPrepared"
	"scan:./kiosk/scan:FuzzReduce"
	"pages of a scanner's file:./kiosk/scan:FuzzPages"
	"frame of a page:./kiosk/scan:FuzzMend"
	"spoken note:./kiosk/voicenote:FuzzJudge"
	"hand scanner:./kiosk/handscanner:FuzzTexts"
	"language pack:./internal/langpack:FuzzParse"
	"recording:./internal/sound:FuzzLength"
	"the officers' door:./portal/web:FuzzBody"
)
for p in "${parsers[@]}"; do
	IFS=: read -r what pkg target <<<"$p"
	if ! grep -qrE "func $target" --include='*_test.go' "$pkg"; then
		echo "no fuzz target reads the $what ($pkg $target)" >&2
		missing=1
	fi
done
[[ -z ${missing:-} ]] || exit 1

packages=("$@")
((${#packages[@]})) || mapfile -t packages < <(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u)
for pkg in "${packages[@]}"; do
	for target in $($go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
		echo "$pkg $target $long"
		$go test -run '^$' -fuzz "^$target\$" -fuzztime "$long" "$pkg"
	done
done
