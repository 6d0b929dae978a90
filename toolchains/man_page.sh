#!/usr/bin/env bash
# man_page.sh VERSION PAGE SUMMARY COMMAND...: the manual page of a program, or of one command of it, made by help2man from what
# `COMMAND... --help` prints, on standard output, compressed. COMMAND may begin with an emulator.
set -euo pipefail
version=$1 page=$2 summary=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# help2man takes the page's name from that of the program.
{
  echo '#!/bin/bash'
  printf 'exec'
  printf ' %q' "$@"
  echo ' "$@"'
} >"$work/$page"
chmod +x "$work/$page"
help2man --no-info --section=1 --name="$summary" --version-string="$version" --source="kedge $version" "$work/$page" >"$work/page"
# The list of options is all that a reader of the page has.
grep -q '^\.SH OPTIONS' "$work/page" || { echo "man_page.sh: no options in the help of $page" >&2; exit 1; }
gzip -9n <"$work/page"
