#!/usr/bin/env bash
# A machine without the packages, which must be left alone: the demonstrations name them and end before they build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for program in dpkg-query cmake; do
  printf '#!/bin/sh\necho "%s was run" >&2\nexit 1\n' "$program" >"$bin/$program"
  chmod +x "$bin/$program"
done

for script in quickstart.sh btp-two-peers/run.sh; do
  code=0
  said=$(PATH=$bin:$PATH KEDGE_NO_INSTALL=1 "$here/../../examples/$script" 2>&1) || code=$?
  if [ "$code" -ne 1 ] || [[ $said != *"missing Debian packages: cmake"* ]] || [[ $said == *"cmake was run"* ]]; then
    printf 'FAILED: expected exit code 1 of %s instead of %d, the packages by name, and no build; it says:\n%s\n' \
      "$script" "$code" "$said" >&2
    exit 1
  fi
done
