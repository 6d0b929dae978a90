#!/usr/bin/env bash
# headers.sh INCLUDE_DIR CXX...: each public header, compiled as C++17, says that kedge is C++20, and nothing else.
set -euo pipefail
folder=$1
shift
words='kedge needs C++20: compile with -std=c++20'
status=0
while read -r header; do
  said=$("$@" -std=c++17 -fsyntax-only -I "$folder" -include "$header" -x c++ /dev/null 2>&1) && said='nothing'
  errors=$(grep -E '(error|fatal error): ' <<<"$said" || true)
  # Then the compilation ends.
  if [[ $(head -n 1 <<<"$errors") != *"$words"* || $(wc -l <<<"$errors") -ne 2 ]]; then
    echo "FAILED: <$header> as C++17 does not say \"$words\" alone, but: $said" >&2
    status=1
  fi
done < <(cd "$folder" && find kedge -name '*.hpp')
exit "$status"
