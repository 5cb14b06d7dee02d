#!/usr/bin/env bash
# Installs what Callward needs from Debian's packages, and only what is missing.
#
#   deploy/setup.sh            what `make run` needs: the bundled speech engines
#   deploy/setup.sh test       the above, and the real peers that `make test` calls with
#
# Run as root or with sudo. Nothing is downloaded but Debian packages.
set -euo pipefail

run_packages=(build-essential pkg-config ca-certificates
  pocketsphinx-en-us libpocketsphinx-dev libsphinxbase-dev espeak-ng flite)
test_packages=(redis-server sip-tester sipvicious baresip-core kamailio linphone-cli sox iproute2 nftables shellcheck
  python3-grpcio python3-grpc-tools chromium coturn)

wanted=("${run_packages[@]}")
case "${1:-run}" in
  run) ;;
  test) wanted+=("${test_packages[@]}") ;;
  *) echo "setup.sh: unknown set '$1': say 'run' or 'test'" >&2; exit 2 ;;
esac

need_go() {
  echo "setup.sh: Go 1.26 or newer is needed, $1. See https://go.dev/doc/install" >&2
  exit 1
}
command -v go >/dev/null || need_go "and 'go' is not in PATH"
version=$(go env GOVERSION)
minor=${version#go1.}
minor=${minor%%[!0-9]*}
[[ $version == go1.* && ${minor:-0} -ge 26 ]] || need_go "this is $version"

missing=()
for p in "${wanted[@]}"; do
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true) == installed ]] || missing+=("$p")
done
# The console's pages are bundled by Node, from wherever it comes; without it the server
# is built all the same.
pages=()
command -v node >/dev/null || pages+=(nodejs)
command -v npm >/dev/null || pages+=(npm)
((${#missing[@]} + ${#pages[@]})) || exit 0

sudo=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || {
    ((${#missing[@]})) || exit 0 # the pages alone are not worth failing for
    echo "setup.sh: missing ${missing[*]}: run as root: apt-get install ${missing[*]}" >&2
    exit 1
  }
  sudo=(sudo)
fi
echo "Installing from Debian: ${missing[*]} ${pages[*]}"
export DEBIAN_FRONTEND=noninteractive
# A server that a package would start (redis, for one) is not wanted: we only need its program.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null
  "${sudo[@]}" chmod +x $policy
  trap '"${sudo[@]}" rm -f $policy' EXIT
fi
"${sudo[@]}" apt-get update -qq || ((${#missing[@]} == 0))
if ((${#missing[@]})); then
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if ((${#pages[@]})); then
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${pages[@]}" >/dev/null ||
    echo "setup.sh: no ${pages[*]} from Debian: the console's pages cannot be built" >&2
fi
# Nor at the next start of the machine, where Kamailio would take SIP's port.
for p in "${missing[@]}"; do
  case $p in redis-server | kamailio | coturn) "${sudo[@]}" update-rc.d "$p" disable >/dev/null ;; esac
done
