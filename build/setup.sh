#!/usr/bin/env bash
# Installs what a fresh Debian machine lacks to build, test and show Bến Đò, and the screens' npm
# packages. It may be run at any time: with nothing missing it only looks, in a blink.
#
# With root it installs. Without root it names what is missing and what will not work, and ends well:
# the programs and the demonstration need none of it. Only Go and Node are asked for and never
# installed, because their versions matter and every machine gets them its own way.
#
#   build/setup.sh              everything
#   build/setup.sh --frontend   the npm packages only
#   build/setup.sh --bench      what make bench compares with, besides everything
#
# BENDO_SETUP_ETC (default /etc) is where a test lets it write.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# package: what needs it
packages=(
  "chromium:the browser tests and screenshots"
  "postgresql:the tests of the portal on PostgreSQL (they start a server of their own)"
  "postgresql-client:the tests of the portal on PostgreSQL"
  "zstd:training the dictionary of the road"
  "poppler-utils:the tests that read back printed slips"
  "zbar-tools:reading codes with the camera; the tests that scan printed slips"
  "xvfb:the test of the kiosk's window"
  "openbox:the test of the kiosk's window"
  "cage:the test of the kiosk's session"
  "xwayland:the test of the kiosk's session"
  "procps:the test of the kiosk's window (it kills the page)"
  "dbus-daemon:the test that reads the kiosk's window as a screen reader does"
  "at-spi2-core:the test that reads the kiosk's window as a screen reader does"
  "systemd:the tests of the service units (systemd-analyze judges them)"
  "gcc:the kiosk's window on Linux"
  "libc6-dev:the kiosk's window on Linux"
  "pkg-config:the kiosk's window on Linux"
  "libgtk-3-dev:the kiosk's window on Linux"
  "libwebkit2gtk-4.1-dev:the kiosk's window on Linux"
  "iproute2:looking into the packet-level line by hand"
  "iputils-ping:the tests of the packet-level line"
  "espeak-ng:the voice of the kiosk (build/voice.sh), and numbers and dates read aloud"
  "opus-tools:the voice of the kiosk (build/voice.sh), and petitions that are spoken"
  "fonts-noto-core:Vietnamese and Khmer text in screenshots"
)

# Only --bench asks for these: what somebody would use today to carry the same files over the same line.
bench_packages=(
  "rsync:the road beside others (make bench)"
  "curl:the road beside others (make bench)"
  "rclone:the road beside others (make bench)"
)

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# at_least HAVE WANT: dotted numbers, the first two places decide.
at_least() {
  local have_major have_minor want_major want_minor
  IFS=. read -r have_major have_minor _ <<<"$1.0"
  IFS=. read -r want_major want_minor _ <<<"$2.0"
  ((10#$have_major > 10#$want_major || (10#$have_major == 10#$want_major && 10#$have_minor >= 10#$want_minor)))
}

check_tools() {
  local want have
  want=$(awk '$1 == "go" { print $2; exit }' go.mod)
  command -v go >/dev/null || die "Go is missing: install Go $want or newer and put it on the PATH"
  have=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || die "Go does not answer to 'go env': install Go $want or newer"
  have=${have#go}
  at_least "${have%%[!0-9.]*}" "$want" || die "Go $have is too old: $want or newer is needed"
  command -v node >/dev/null && command -v npm >/dev/null || die "Node is missing: install Node 20.19 or newer with npm"
  have=$(node --version)
  have=${have#v}
  at_least "$have" 20.19 || die "Node $have is too old: 20.19 or newer is needed"
}

# missing_packages prints the names that dpkg does not know as installed.
missing_packages() {
  local names=("${packages[@]%%:*}") installed
  # dpkg-query fails when it does not know one of the names; what it printed still counts.
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null || true)
  local name
  for name in "${names[@]}"; do
    grep -qx "installed $name" <<<"$installed" || printf '%s\n' "$name"
  done
}

purpose() {
  local entry
  for entry in "${packages[@]}"; do
    [[ ${entry%%:*} == "$1" ]] && printf '%s' "${entry#*:}"
  done
  return 0
}

# The distribution would make a database server and start it at every boot. The tests start their own
# and nothing else here wants one, so it is told not to, before the package first comes.
no_default_cluster() {
  local conf=${BENDO_SETUP_ETC:-/etc}/postgresql-common/createcluster.conf
  [[ -e $conf ]] && return
  mkdir -p "$(dirname "$conf")"
  printf '# written by the setup of Ben Do: its tests start servers of their own\ncreate_main_cluster = false\n' >"$conf"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get install -y -q --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# A first failure usually means that the package lists are absent or old; later ones, a bad line.
install_packages() {
  local try
  for try in 1 2 3 4; do
    apt_install "$@" >&2 && return 0
    say "installing did not work (try $try); refreshing the package lists"
    DEBIAN_FRONTEND=noninteractive apt-get update -q -o DPkg::Lock::Timeout=300 >&2 || true
    sleep $((BENDO_SETUP_PAUSE * try))
  done
  die "could not install: $* (see apt's messages above)"
}

system() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is not a Debian machine: install by hand what corresponds to ${packages[*]%%:*}"
    return 0
  fi
  local missing name
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) && return 0
  if [[ $(id -u) != 0 ]]; then
    say "not root, so these stay missing (run 'sudo make setup' to install them):"
    for name in "${missing[@]}"; do say "  $name: $(purpose "$name")"; done
    return 0
  fi
  say "installing ${missing[*]}"
  for name in "${missing[@]}"; do
    if [[ $name == postgresql ]]; then no_default_cluster; fi
  done
  install_packages "${missing[@]}"
}

# The stamp lies inside node_modules, so that whoever deletes the folder deletes it too.
screens() {
  [[ -f frontend/package-lock.json ]] || return 0
  local want stamp=frontend/node_modules/.bendo-setup try said
  want=$(sha256sum frontend/package-lock.json)
  [[ -f $stamp && $(<"$stamp") == "$want" ]] && return 0
  for try in 1 2 3; do
    say "fetching the screens' packages (npm ci)"
    if said=$(cd frontend && npm ci --no-audit --no-fund --loglevel=error 2>&1); then
      mkdir -p frontend/node_modules
      printf '%s\n' "$want" >"$stamp"
      return 0
    fi
    head -n 25 <<<"$said" >&2
    # Trying again helps against a bad line, not against a lock file that names other packages.
    if [[ $said == *EUSAGE* ]]; then die "package.json and package-lock.json in frontend/ do not agree: run npm install there and commit both"; fi
    sleep $((BENDO_SETUP_PAUSE * try))
  done
  die "npm ci did not work three times: see its messages above"
}

BENDO_SETUP_PAUSE=${BENDO_SETUP_PAUSE:-5}
check_tools
if [[ ${1:-} == --bench ]]; then packages+=("${bench_packages[@]}"); fi
[[ ${1:-} == --frontend ]] || system
screens
