#!/usr/bin/env bash
# Makes the golden utterances anew, with flite and espeak-ng: what a caller says
# over the telephone, 8 kHz mu-law. Needs sox.
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
telephone() { sox "$tmp/said.wav" -r 8000 -c 1 -e mu-law "$1.wav" gain -n -6 silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse; }
english() { flite -voice rms -t "$2" -o "$tmp/said.wav" && telephone "$1"; }
french() { espeak-ng -v fr -s 140 -w "$tmp/said.wav" "$2" && telephone "$1"; }
english en-digits "four two seven nine"
english en-sentence "I want to pay my bill by card"
french fr-digits "quatre deux sept neuf"
french fr-sentence "je voudrais payer ma facture par carte"
