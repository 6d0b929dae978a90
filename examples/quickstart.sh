#!/usr/bin/env bash
# From a fresh Debian 12 to the main job in one command: builds kedge, starts a local gateway with TLS, and runs an
# agent through an allowed, a denied and an approved request - the last with the line cut while a human decides.
# Exit code 0 only if all of it happened as promised.
#
#   examples/quickstart.sh           KEDGE_NO_INSTALL=1 leaves the machine's packages alone
set -euo pipefail

# shellcheck source=examples/demo.sh
source "$(dirname "${BASH_SOURCE[0]}")/demo.sh"

demo_arguments "$@"
build all
kedge=$built/src/kedge
hub=$built/src/kedge-hub

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

KEDGE_HUB_TOKEN=$KEDGE_TOKEN start hub "$hub" --policy "$work/policy.json" --cert "$work/hub.pem" --key "$work/hub.key" \
  --listen 127.0.0.1:0 --operator 127.0.0.1:0
await 60 test -s "$work/hub.out" || fail "the hub did not start"
url=$(json url <"$work/hub.out" | sed 's/127\.0\.0\.1/localhost/')
operator=$(json operator <"$work/hub.out")
say hub "listening on $url, its operator's API on $operator"

call=("$kedge" agent-gate call --url "$url" --ca "$work/ca.pem" --timeout 60)

result=$("${call[@]}" get_temperature '{"room":"kitchen"}' 2>"$work/allowed.log") || fail "the allowed request failed"
say agent "get_temperature was allowed: $result"

code=0
"${call[@]}" erase_disk '{}' >"$work/denied.out" 2>"$work/denied.log" || code=$?
[ "$code" -eq 5 ] || fail "the denied request ended with $code instead of 5"
say agent "erase_disk was denied by policy, exit code 5"

start asked "${call[@]}" unlock_door '{"door":"front"}'
say agent "unlock_door asks a human"
approval() { curl -fsS "$operator/approvals" 2>/dev/null | python3 -c 'import json,sys
waiting = json.load(sys.stdin)["approvals"]
print(waiting[0]["id"]) if waiting else sys.exit(1)' 2>/dev/null; }
await 60 approval >/dev/null || fail "no approval was asked for"
id=$(approval)
say operator "sees approval $id"
curl -fsS -X POST "$operator/agent/cut?how=abrupt" >/dev/null || fail "the line could not be cut"
say operator "the agent's line is cut, abruptly"
curl -fsS -X POST "$operator/approvals/$id/approve" >/dev/null || fail "the approval was refused"
say operator "approves while the agent is offline"
code=0
finish asked || code=$?
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
