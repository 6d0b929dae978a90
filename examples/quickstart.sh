#!/usr/bin/env bash
# From a fresh Debian 12 to the main job in one command: builds kedge, starts a local gateway with TLS, and runs an
# agent through an allowed, a denied and an approved request - the last with the line cut while a human decides.
# Exit code 0 only if all of it happened as promised.
#
#   examples/quickstart.sh           KEDGE_NO_INSTALL=1 leaves the machine's packages alone
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$here/build/quickstart
source "$here/toolchains/packages.sh"

case "${1:-}" in
  "") ;;
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
  *) echo "quickstart.sh: unknown argument: $1 (see --help)" >&2; exit 2 ;;
esac

started=$(date +%s%N)
say() {
  local ms=$((($(date +%s%N) - started) / 1000000))
  printf '%3d.%03d s  %-8s %s\n' $((ms / 1000)) $((ms % 1000)) "$1" "$2"
}
fail() {
  say FAILED "$1"
  for log in "$work"/*.log; do [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 20 "$log"; }; done >&2
  exit 1
}

work=$(mktemp -d)
hub_pid="" agent_pid=""
clean_up() {
  [ -z "$agent_pid" ] || kill "$agent_pid" 2>/dev/null || true
  [ -z "$hub_pid" ] || { kill "$hub_pid" 2>/dev/null && wait "$hub_pid" 2>/dev/null; } || true
  rm -rf "$work"
}
trap clean_up EXIT

# await SECONDS COMMAND...: runs the command until it succeeds.
await() {
  local until=$(($(date +%s%N) + $1 * 1000000000))
  shift
  until "$@"; do
    [ "$(date +%s%N)" -lt "$until" ] || return 1
    sleep 0.05
  done
}

installed=$(kedge_install build demo | tail -n 1) || fail "not all Debian packages are there"
say install "$installed"

say build "compiling into build/quickstart; this takes minutes"
cmake -S "$here" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKEDGE_TESTS=OFF >"$work/build.log" 2>&1 ||
  fail "cmake could not configure"
cmake --build "$build" >>"$work/build.log" 2>&1 || fail "the build failed"
kedge=$build/src/kedge
hub=$build/src/kedge-hub

say certify "a throw-away CA, and a certificate for localhost"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=kedge quickstart CA" \
  -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
  -keyout "$work/hub.key" -out "$work/hub.csr" 2>/dev/null
openssl x509 -req -in "$work/hub.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 1 \
  -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$work/hub.pem" 2>/dev/null

cat >"$work/policy.json" <<'POLICY'
{
  "policy": [
    {"tool": "get_*", "decision": "allow"},
    {"tool": "unlock_*", "decision": "ask"},
    {"tool": "*", "decision": "deny"}
  ],
  "tools": [
    {"name": "get_temperature", "result": {"celsius": 21.5}},
    {"name": "unlock_door", "result": {"door": "front", "unlocked": true}}
  ]
}
POLICY
KEDGE_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export KEDGE_TOKEN

KEDGE_HUB_TOKEN=$KEDGE_TOKEN "$hub" --policy "$work/policy.json" --cert "$work/hub.pem" --key "$work/hub.key" \
  --listen 127.0.0.1:0 --operator 127.0.0.1:0 >"$work/hub.json" 2>"$work/hub.log" &
hub_pid=$!
await 10 test -s "$work/hub.json" || fail "the hub did not start"
field() { python3 -c 'import json,sys; print(json.loads(open(sys.argv[1]).readline())[sys.argv[2]])' "$work/hub.json" "$1"; }
url=$(field url | sed 's/127\.0\.0\.1/localhost/')
operator=$(field operator)
say hub "listening on $url, its operator's API on $operator"

call() { "$kedge" agent-gate call --url "$url" --ca "$work/ca.pem" --timeout 60 "$@"; }

result=$(call get_temperature '{"room":"kitchen"}' 2>"$work/allowed.log") || fail "the allowed request failed"
say agent "get_temperature was allowed: $result"

code=0
call erase_disk '{}' >"$work/denied.out" 2>"$work/denied.log" || code=$?
[ "$code" -eq 5 ] || fail "the denied request ended with $code instead of 5"
say agent "erase_disk was denied by policy, exit code 5"

call unlock_door '{"door":"front"}' >"$work/asked.out" 2>"$work/asked.log" &
agent_pid=$!
say agent "unlock_door asks a human"
approval() { curl -fsS "$operator/approvals" 2>/dev/null | python3 -c 'import json,sys
waiting = json.load(sys.stdin)["approvals"]
print(waiting[0]["id"]) if waiting else sys.exit(1)' 2>/dev/null; }
await 10 approval >/dev/null || fail "no approval was asked for"
id=$(approval)
say operator "sees approval $id"
curl -fsS -X POST "$operator/agent/cut?how=abrupt" >/dev/null || fail "the line could not be cut"
say operator "the agent's line is cut, abruptly"
curl -fsS -X POST "$operator/approvals/$id/approve" >/dev/null || fail "the approval was refused"
say operator "approves while the agent is offline"
code=0
wait "$agent_pid" || code=$?
agent_pid=""
[ "$code" -eq 0 ] || fail "the agent ended with $code"
grep -Eq '"unlocked": ?true' "$work/asked.out" || fail "the result is not the door's"
grep -q waiting "$work/asked.log" || fail "the agent did not notice the cut"
say agent "reconnected, fetched what it had missed: $(cat "$work/asked.out")"

cat <<'PROVED'

What was proved, over TLS with a verified certificate:
  - an allowed request returned its result
  - a denied one ended with an exit code of its own
  - a request survived a cut line: the approval was given while nobody was connected, and the result
    reached the request that waited for it, once; the tool was not asked for twice

kedge and kedge-hub are in build/quickstart/src; `cmake --install build/quickstart --prefix DIR` installs them and the library.
PROVED
