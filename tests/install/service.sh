#!/usr/bin/env bash
# service.sh BUILD_DIR: what is installed for systemd names the program that is installed, is understood by systemd, and leaves a service
# little to harm.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
prefix=$build/service/prefix
unit=$prefix/lib/systemd/system/kedge-agent.service
rm -rf "$build/service"
mkdir -p "$build/service"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$prefix" >"$build/service/install.log" || fail "cmake --install: $(cat "$build/service/install.log")"
program=$(sed -n 's/^ExecStart=//p' "$unit")
[ "$program" = "$prefix/bin/kedge-agent" ] || fail "the unit starts $program"
said=$("$here/../support/launch.sh" "$program" --version) || fail "$program exits with $?"
[[ $said == "kedge-agent "* ]] || fail "it says: $said"
grep -q '@' <(sed 's/@system-service\|@privileged\|@resources//g' "$unit") && fail "something in the unit was not filled in"
user=$(sed -n 's/^User=//p' "$unit")
grep -q "^u $user " "$prefix/lib/sysusers.d/kedge-agent.conf" || fail "nobody creates the user $user"

if ! command -v systemd-analyze >/dev/null; then
  echo 'left out: what systemd says of the unit (no systemd-analyze here)'
  exit 0
fi
# It has to be what systemd knows; that the user is not there yet is no fault.
said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F kedge-agent.service || true)
[ -z "$said" ] || fail "systemd-analyze verify: $said"
# 0 is safe, 100 is everything that root may do.
systemd-analyze security --offline=true --threshold=20 "$unit" >"$build/service/security.log" 2>&1 ||
  fail "exposed: $(tail -n 3 "$build/service/security.log")"
tail -n 1 "$build/service/security.log"
