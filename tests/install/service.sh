#!/usr/bin/env bash
# service.sh BUILD_DIR: what is installed for systemd names the programs that are installed, is understood by systemd, and
# leaves a service little to harm.
set -euo pipefail
build=$1
prefix=$build/service/prefix
rm -rf "$build/service"
mkdir -p "$build/service"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$prefix" >"$build/service/install.log" || fail "cmake --install: $(cat "$build/service/install.log")"

# what_is_there NAME: the unit of NAME starts the program installed, as a user that somebody creates.
what_is_there() {
  local name=$1 unit=$prefix/lib/systemd/system/$1.service program said user
  program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
  [ "$program" = "$prefix/bin/$name" ] || fail "the unit starts $program"
  said=$("$KEDGE_LAUNCH" "$program" --version) || fail "$program exits with $?"
  [[ $said == "$name "* ]] || fail "it says: $said"
  grep -q '@' <(sed 's/@system-service\|@privileged\|@resources//g' "$unit") && fail "something in $unit was not filled in"
  user=$(sed -n 's/^User=//p' "$unit")
  grep -q "^u $user " "$prefix/lib/sysusers.d/$name.conf" || fail "nobody creates the user $user"
}

# what_it_waits_for NAME: certificates have dates, so the time is wanted first; but a machine without it starts all the same.
what_it_waits_for() {
  local unit=$prefix/lib/systemd/system/$1.service key
  for key in Wants After; do
    grep -Eq "^$key=.*\btime-sync\.target\b" "$unit" || fail "$1.service has no $key=time-sync.target"
  done
  ! grep -Eq '^(Requires|BindsTo|Requisite)=.*time-sync' "$unit" || fail "$1.service does not start without the time"
}

# what_systemd_says NAME
what_systemd_says() {
  local name=$1 unit=$prefix/lib/systemd/system/$1.service log=$build/service/$1.log said
  # It has to be what systemd knows; that the user is not there yet is no fault.
  said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F "$name.service" || true)
  [ -z "$said" ] || fail "systemd-analyze verify: $said"
  # 0 is safe, 100 is everything that root may do.
  systemd-analyze security --offline=true --threshold=20 "$unit" >"$log" 2>&1 || fail "exposed: $(tail -n 3 "$log")"
  tail -n 1 "$log"
}

for name in kedge-agent kedge-hub; do
  what_is_there "$name"
  what_it_waits_for "$name"
done
if ! command -v systemd-analyze >/dev/null; then
  echo 'left out: what systemd says of the units (no systemd-analyze here)'
  exit 0
fi
for name in kedge-agent kedge-hub; do
  what_systemd_says "$name"
done
