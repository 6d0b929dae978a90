#!/usr/bin/env bash
# Two peers and a connector between them, on this machine: alice is kedge-agent, which curl tells what to send; bob is
# the small program receiver.cpp; kedge-hub forwards. Shows a packet that is fulfilled, one that bob rejects, one that the
# connector rejects, and what alice hears when bob is gone. Exit code 0 only if all of it happened as promised.
#
#   examples/btp-two-peers/run.sh    KEDGE_NO_INSTALL=1 leaves the machine's packages alone
set -euo pipefail
# shellcheck source=examples/demo.sh
source "$(dirname "${BASH_SOURCE[0]}")/../demo.sh"

demo_arguments "$@"
build kedge_hub_program kedge_agent_program example_receiver

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
alice_token=$(random)
bob_token=$(random)
printf %s "$alice_token" >"$work/alice.token"
printf '{"alice":"%s","bob":"%s"}' "$alice_token" "$bob_token" >"$work/peers.json"
cat >"$work/btp.json" <<'ROUTES'
{"address": "test.hub", "routes": [{"prefix": "test.bob", "forward": "bob"}]}
ROUTES

start hub "$built/src/kedge-hub" --btp "$work/btp.json" --btp-peers "$work/peers.json"
await 60 test -s "$work/hub.out" || fail "the hub did not start"
url=$(json btp crosstown <"$work/hub.out")
say hub "a connector on $url; forwards test.bob to bob"

KEDGE_TOKEN=$bob_token start bob "$built/examples/example_receiver" "$url" bob
await 60 grep -qx ready "$work/bob.out" || fail "bob is not connected"
say bob "connected"

CONNECTOR_BTP_URL=$url CONNECTOR_BTP_AUTH_TOKEN_FILE=$work/alice.token CONNECTOR_BTP_PEER_ID=alice NODE_ID=alice HTTP_PORT=0 \
  start alice "$built/src/kedge-agent"
await 60 test -s "$work/alice.out" || fail "alice did not start"
api=$(json url <"$work/alice.out")
healthy() { curl -sS --max-time 10 "$api/health" >"$work/health.json" && grep -q '"btpConnected":true' "$work/health.json"; }
await 60 healthy || fail "alice is not connected"
health=$(<"$work/health.json")
say curl "GET $api/health"
say alice "${health%%,\"timestamp\"*}, ...}"

# send DESTINATION MORE ANSWER: POST /ilp/send by alice, with more members; what has to come back.
data=$(printf hello | base64)
send() {
  local body status answer
  body='{"destination":"'$1'","amount":"1000","data":"'$data'"'$2'}'
  say curl "POST /ilp/send $body"
  status=$(curl -sS --max-time 40 -o "$work/answer.json" -w '%{http_code}' -H 'Content-Type: application/json' -d "$body" \
    "$api/ilp/send") || fail "no answer from alice"
  answer=$(<"$work/answer.json")
  say alice "$status $answer"
  [ "$status $answer" = "200 $3" ] || fail "expected: 200 $3"
}
rejected() { printf '{"accepted":false,"fulfilled":false,"code":"%s","message":"%s"}' "$1" "$2"; }

fulfillment=$(printf hello | openssl dgst -sha256 -binary | base64)
send test.bob.thermometer "" '{"accepted":true,"fulfilled":true,"fulfillment":"'"$fulfillment"'","data":"'"$(printf '{"celsius":21.5}' | base64)"'"}'
say openssl "SHA-256 of hello is $fulfillment"
say bob "answered $(json data <"$work/answer.json" | base64 -d)"

condition=$(head -c 32 /dev/zero | base64)
send test.bob.thermometer ',"condition":"'"$condition"'"' "$(rejected F05 'wrong condition')"
send test.carol "" "$(rejected F02 'no route')"

seen=$(grep -v ready "$work/bob.out")
[ "$seen" = 'test.bob.thermometer 1000: fulfilled
test.bob.thermometer 1000: wrong condition' ] || fail "bob has seen: $seen"
stop bob || fail "bob ended with $?"
await 60 grep -q '"event":"close"' "$work/hub.log" || fail "the hub has not noticed that bob is gone"
say bob "has seen the first two, once each, and is gone"
send test.bob.thermometer "" "$(rejected T01 'the peer is not connected')"

stop alice || fail "alice ended with $?"
stop hub || fail "the hub ended with $?"
printf '%s\n' "$alice_token" "$bob_token" >"$work/tokens"
! grep -qFf "$work/tokens" "$work"/*.out "$work"/*.log || fail "a token was printed"

cat <<'PROVED'

What was proved:
  - a packet went from alice through the connector to bob, and his fulfillment, the hash of its data, came back to curl
  - what bob cannot fulfil he rejects, and what nobody takes the connector rejects: an answer, not an error
  - while bob is gone alice is told so at once, and may try again: nothing waits, nothing is sent twice
  - no token in any output

receiver.cpp is the whole of bob; kedge-hub and kedge-agent are in build/quickstart/src.
PROVED
