# shellcheck shell=bash
# Sourced by the scripts of this folder, which work from the repository's root.

# usage STATUS: prints the comment at the head of the script, and exits.
usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "toolchains/$(basename "$0")"
  exit "$1"
}
