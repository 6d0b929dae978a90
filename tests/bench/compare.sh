#!/usr/bin/env bash
# Side by side with other WebSocket clients: builds them and ours, runs them in turn against one echo server, and
# prints tables with ratios to the floor (libuv moving the same bytes with no WebSocket at all).
# usage: tests/bench/compare.sh [DIR] [ROUNDS]   DIR: where it builds (build/compare); ROUNDS: 5
# KEDGE_NO_INSTALL=1 leaves the machine's packages alone; a client that cannot be built is left out by name.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
case "${1:-}" in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
mkdir -p "${1:-$root/build/compare}"
dir=$(cd "${1:-$root/build/compare}" && pwd)
rounds=${2:-5}
results=$dir/results.tsv

# shellcheck source=SCRIPTDIR/../../toolchains/packages.sh
. "$root/toolchains/packages.sh"
kedge_install build bench || echo "compare: goes on with what is there" >&2
kedge_install node || true

# build NAME COMMAND...: one client; a missing library must not stop the others.
clients=()
build() {
  local name=$1
  shift
  if "$@" >"$dir/$name.log" 2>&1; then
    clients+=("$name")
  else
    echo "compare: $name is left out: it does not build (see $dir/$name.log)" >&2
  fi
}

ours() {
  # As a program that brings the library with it would be built: the client's small functions are in many files.
  cmake -S "$root" -B "$dir/kedge" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON \
    -DKEDGE_BENCH=ON -DKEDGE_PROGRAMS=OFF &&
    cmake --build "$dir/kedge" --target bench_ws_echo
}
node_ws() {
  node --version && { [ -d "$dir/node_modules/ws" ] || npm install --prefix "$dir" --no-audit --no-fund ws@8; }
}

cd "$here/peers"
gcc -O2 echo_server.c -o "$dir/echo_server" -lssl -lcrypto
gcc -O2 uv_floor.c -o "$dir/uv_floor" -luv -lmbedtls -lmbedx509 -lmbedcrypto -ldl
clients+=(floor)
build kedge ours
build libwebsockets gcc -O2 lws.c -o "$dir/lws" -lwebsockets -ldl
build beast g++ -O2 beast.cpp -o "$dir/beast" -ldl -lpthread
build websocketpp g++ -O2 wspp.cpp -o "$dir/wspp" -ldl -lpthread
build node-ws node_ws

# A certificate that nobody checks: of the handshake nothing is measured.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=127.0.0.1 \
  -keyout "$dir/key.pem" -out "$dir/certificate.pem" 2>"$dir/certificate.log"
port=$((20000 + RANDOM % 10000))  # and the next one with TLS
taskset -c 0 "$dir/echo_server" "$port" &
servers=($!)
taskset -c 0 "$dir/echo_server" "$((port + 1))" "$dir/certificate.pem" "$dir/key.pem" &
servers+=($!)
trap 'kill "${servers[@]}" 2>/dev/null' EXIT
sleep 0.5

# run CLIENT MODE TLS FAST SLOW: FAST messages for the floor and kedge, SLOW for the others, which need far longer.
run() {
  local client=$1 mode=$2 tls=$3 fast=$4 slow=$5
  local -a command
  local count=$slow
  case $client in
    floor) command=("$dir/uv_floor") count=$fast ;;
    kedge) command=("$dir/kedge/tests/bench/bench_ws_echo") count=$fast ;;
    libwebsockets) command=("$dir/lws") ;;
    beast) command=("$dir/beast") ;;
    websocketpp) command=("$dir/wspp") ;;
    node-ws) command=(env NODE_PATH="$dir/node_modules" node "$here/peers/ws.js") ;;
  esac
  timeout -k 2 100 taskset -c 1 "${command[@]}" "$client" "$mode" "$((port + tls))" "$tls" "$count" >>"$results" ||
    echo "compare: $client failed in mode $mode" >&2
}

# Who speaks TLS here: the others have OpenSSL below them, and libwebsockets alone is told how.
tls_clients=()
for client in "${clients[@]}"; do
  case $client in floor | kedge | libwebsockets) tls_clients+=("$client") ;; esac
done

: >"$results"
for round in $(seq "$rounds"); do
  printf 'ROUND\t%s\n' "$round" >>"$results"
  for client in "${clients[@]}"; do run "$client" lat 0 10000 10000; done
  for client in "${clients[@]}"; do run "$client" pipe 0 300000 20000; done
  for client in "${clients[@]}"; do run "$client" bulk 0 5000 1000; done
  for client in "${clients[@]}"; do run "$client" idle 0 1 1; done
  for client in "${tls_clients[@]}"; do run "$client" lat 1 10000 10000; done
  for client in "${tls_clients[@]}"; do run "$client" pipe 1 300000 20000; done
  for client in "${tls_clients[@]}"; do run "$client" bulk 1 5000 1000; done
  for client in "${tls_clients[@]}"; do run "$client" idle 1 1 1; done
done
python3 "$here/report.py" "$results"
