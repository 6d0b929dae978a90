#!/usr/bin/env bash
# toolchains/debian/changelog.sh [RELEASE]: the Debian changelog of what is checked out, from git's tags, on standard output. A revision
# that is tagged v1.2.3 is 1.2.3-1; one before it is 1.2.3~git<time of the commit>.<its hash>-1, which sorts before 1.2.3-1, and one
# after it 1.2.3+git...; without git's history it is 1.2.3~unknown-1. RELEASE (deb12u1) follows as ~RELEASE: the same revision for
# a later Debian is a later version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# There is no address to write to; .invalid is nobody's (RFC 2606).
maintainer='kedge maintainers <kedge@kedge.invalid>'

release=${1:+~$1}

# entry VERSION SECONDS_SINCE_1970 WORDS
entry() {
  printf 'kedge (%s) unstable; urgency=medium\n\n  * %s\n\n -- %s  %s\n\n' \
    "$1$release" "$3" "$maintainer" "$(LC_ALL=C date -u -R -d "@$2")"
}

# The version of the project is written in one place.
version=$(sed -n 's/^project(kedge VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ -n "$version" ] || { echo 'changelog.sh: CMakeLists.txt has no version' >&2; exit 1; }

if ! git rev-parse --git-dir >/dev/null 2>&1; then
  entry "$version~unknown-1" "${SOURCE_DATE_EPOCH:-$(stat -c %Y CMakeLists.txt)}" "Of $version: sources without their history."
  exit 0
fi
if ! git tag --points-at HEAD | grep -qxF "v$version"; then
  seconds=$(git log -1 --format=%ct)
  sign='~'
  if git merge-base --is-ancestor "v$version" HEAD 2>/dev/null; then sign=+; fi
  entry "$version${sign}git$(date -u -d "@$seconds" +%Y%m%d%H%M%S).$(git rev-parse --short=9 HEAD)-1" "$seconds" \
    "Near $version: revision $(git rev-parse HEAD)."
fi
git for-each-ref --merged HEAD --sort=-v:refname --format='%(refname:strip=2)' 'refs/tags/v[0-9]*' |
  while read -r tag; do entry "${tag#v}-1" "$(git log -1 --format=%ct "$tag")" "Version ${tag#v}."; done
