#!/usr/bin/env bash
# Makes the spoken sentences of the kiosk: one Ogg Opus file for each fixed sentence, by its words, so
# that a second run makes only what changed and removes what no screen says any more. They belong
# beside the programs (kiosk serve --clips DIR) and never into the repository.
#
#   build/voice.sh DIR            messages, life events and errors; Vietnamese and English
#   build/voice.sh DIR --forms    also the questions of every form, for machines without espeak-ng
#
# Languages espeak-ng does not know (Khmer) are recorded by people: bin/kiosk languages record lists
# what to say. Without espeak-ng or opusenc there is no voice; the build says so and goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${1:?the folder of the spoken sentences, as bin/voice}
shift
missing=()
command -v espeak-ng >/dev/null || missing+=(espeak-ng)
command -v opusenc >/dev/null || missing+=(opusenc)
if ((${#missing[@]})); then
  {
    echo "**********************************************************************"
    echo "  NO VOICE: ${missing[*]} is not on this machine, so nothing is read"
    echo "  aloud. Everything else works. 'sudo make setup' installs it"
    echo "  (Debian packages espeak-ng and opus-tools)."
    echo "**********************************************************************"
  } >&2
  exit 0
fi
exec "${KIOSK:-bin/kiosk}" languages voice "$@" "$out"
