#!/usr/bin/env bash
# Fuzzes every target of the repository, one after the other, for FUZZTIME each
# (1m without it). What breaks one is written beside its test: commit it with the
# fix.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=$(go test -vet=off -list '^Fuzz' ./... | awk '/^Fuzz/ {names[n++] = $1} /^ok/ {for (i = 0; i < n; i++) print $2, names[i]; n = 0}')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while read -r package name; do
  if ! go test -vet=off -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1m}" "$package" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  echo "$name: $(grep -o 'execs: [0-9]*' "$log" | tail -n 1), nothing broke ($package)"
done <<<"$targets"
