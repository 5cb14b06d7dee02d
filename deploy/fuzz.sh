#!/usr/bin/env bash
# Fuzzes every target of the repository, one after the other, for FUZZTIME each
# (1m without it). What breaks one is written beside its test: commit it with the
# fix.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=$(go test -vet=off -list '^Fuzz' ./... | awk '/^Fuzz/ {names[n++] = $1} /^ok/ {for (i = 0; i < n; i++) print $2, names[i]; n = 0}')
[[ $targets ]] || { echo "fuzz: there is no target" >&2; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
broken=0
while read -r package name; do
  if go test -vet=off -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1m}" "$package" >"$log" 2>&1 </dev/null; then
    echo "$name: $(grep -o 'execs: [0-9]*' "$log" | tail -n 1), nothing broke ($package)"
  else
    cat "$log" >&2
    broken=1
  fi
done <<<"$targets"
exit $broken
