#!/usr/bin/env bash
# components.sh BUILD_DIR CXX: who asks for some components of what is installed needs what these stand on, and no more; what is not there
# is named. Then the same of a build without most of the library. CXXFLAGS and LDFLAGS are the build's (sanitizers must match).
set -euo pipefail
build=$1 cxx=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$build/components
rm -rf "$work"
mkdir -p "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# libuv and cJSON are found by pkg-config: here there is none, and they are not there.
bare=(-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON)

# configure PREFIX NAME OPTION...: a project of its own against what is installed; what it says is in $work/NAME.log.
configure() {
  local prefix=$1 name=$2
  shift 2
  local -a options=(-DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx")
  if [ -n "${CMAKE_TOOLCHAIN_FILE:-}" ]; then options+=(-DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_CXX_FLAGS=); fi
  cmake -S "$here/components" -B "$work/$name" -G Ninja "${options[@]}" "$@" >"$work/$name.log" 2>&1
}

# works PREFIX NAME OPTION...: it is configured, built, and runs.
works() {
  local said
  configure "$@" || fail "$2 is not configured: $(cat "$work/$2.log")"
  cmake --build "$work/$2" >>"$work/$2.log" 2>&1 || fail "$2 is not built: $(cat "$work/$2.log")"
  said=$("$KEDGE_LAUNCH" "$work/$2/components") || fail "the program of $2 exits with $?"
  [ "$said" = 'upgraded, authenticating, closed' ] || fail "the program of $2 says: $said"
  echo "$2: $said"
}

# refused WORDS PREFIX NAME OPTION...: it is not configured, for this reason.
refused() {
  local words=$1
  shift
  configure "$@" && fail "$2 is configured"
  tr -s ' \n' ' ' <"$work/$2.log" | grep -qF -e "$words" || fail "$2 does not say \"$words\": $(cat "$work/$2.log")"
  echo "$2: $words"
}

# The library, without the programs.
prefix=$work/prefix
cmake --install "$build" --component dev --prefix "$prefix" >"$work/install.log" || fail "cmake --install: $(cat "$work/install.log")"
works "$prefix" core-and-sim -DKEDGE_WANTED='core;sim' "${bare[@]}"
grep -qE 'libuv|cjson|mbedtls|mbedx509' "$work/core-and-sim/build.ninja" && fail 'core and sim are linked with what they do not need'
works "$prefix" without-what-it-can-do-without -DKEDGE_WANTED='core;sim' -DKEDGE_OPTIONAL='uv;tls' "${bare[@]}"
grep -q 'uv found: FALSE' "$work/without-what-it-can-do-without.log" || fail 'a component without its library is found'
grep -q 'tls found: TRUE' "$work/without-what-it-can-do-without.log" || fail 'a component that is there is not found'
refused 'kedge needs pkg-config' "$prefix" uv-without-libuv -DKEDGE_WANTED='uv' "${bare[@]}"
refused 'kedge needs pkg-config' "$prefix" all-without-libuv "${bare[@]}"
refused "kedge has no component 'lwip' here; it has " "$prefix" unknown -DKEDGE_WANTED='core;lwip'

# A build that needs no more, either, and speaks one protocol.
export CMAKE_BUILD_TYPE=Debug
options=(-DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_UNITY_BUILD=ON -DKEDGE_UV=OFF -DKEDGE_TLS=OFF -DKEDGE_TREE=OFF -DKEDGE_PROGRAMS=OFF)
cmake -S "$here/../.." -B "$work/small-build" -G Ninja "${options[@]}" -DKEDGE_PROTOCOLS=btp "${bare[@]}" >"$work/small-build.log" 2>&1 ||
  fail "core and sim alone: $(cat "$work/small-build.log")"
{ cmake --build "$work/small-build" && cmake --install "$work/small-build" --prefix "$work/small-prefix"; } >>"$work/small-build.log" 2>&1 ||
  fail "core and sim alone: $(cat "$work/small-build.log")"
works "$work/small-prefix" small -DKEDGE_WANTED='core;sim' "${bare[@]}"
refused "kedge has no component 'uv' here; it has sim, core" "$work/small-prefix" small-without-uv -DKEDGE_WANTED='uv'
# What is left out leaves no header that nothing is behind.
said=$(cd "$prefix/include" && find kedge -name '*.hpp' | sort | while read -r one; do [ -e "$work/small-prefix/include/$one" ] || echo "$one"; done | tr '\n' ' ')
wanted='kedge/agent_gate.hpp kedge/agent_gate_await.hpp kedge/host.hpp kedge/json_tree.hpp kedge/port_uv.hpp kedge/proxy_variables.hpp kedge/tls.hpp kedge/websocket.hpp kedge/websocket_await.hpp '
[ "$said" = "$wanted" ] || fail "the small build leaves out these headers: $said"

if grep -qE '10agent_gate|9websocket' "$work/small-build/libkedge-core.a"; then fail 'a protocol that is left out is compiled'; fi

# What cannot be is said by name, before anything is built.
wrong() {
  local words=$1
  shift
  cmake -S "$here/../.." -B "$work/wrong" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" "$@" >"$work/wrong.log" 2>&1 && fail "$* is configured"
  tr -s ' \n' ' ' <"$work/wrong.log" | grep -qF -e "$words" || fail "$* does not say \"$words\": $(cat "$work/wrong.log")"
  rm -rf "$work/wrong"
  echo "$*: $words"
}
wrong "kedge has no protocol 'btpp'; it has agent_gate, btp, websocket" -DKEDGE_PROTOCOLS=btpp
wrong 'kedge-hub need KEDGE_UV=ON' -DKEDGE_UV=OFF -DKEDGE_EXAMPLES=ON
wrong 'KEDGE_EXAMPLES needs all of the library, and so KEDGE_TLS=ON, KEDGE_PROTOCOLS=all' -DKEDGE_TLS=OFF -DKEDGE_PROTOCOLS='btp;websocket' -DKEDGE_EXAMPLES=ON

if [ -n "${CMAKE_TOOLCHAIN_FILE:-}" ]; then
  echo 'left out: pkg-config of a cross build, which looks into the sysroot, where we install nothing'
  exit 0
fi
# The core alone, of all that is installed, by pkg-config: the simulated port is none of it.
pc=$(dirname "$(find "$prefix" -name kedge-core.pc)")
export PKG_CONFIG_PATH=$pc PKG_CONFIG_LIBDIR=$work/nothing
read -ra flags <<<"${CXXFLAGS:-} $(pkg-config --cflags kedge-core)"
read -ra libs <<<"-lkedge-sim $(pkg-config --libs kedge-core) ${LDFLAGS:-}"
"$cxx" -std=c++20 "${flags[@]}" "$here/components/main.cpp" "-L$(dirname "$pc")" "${libs[@]}" -o "$work/by-pkg-config" ||
  fail 'kedge-core.pc does not link'
said=$("$KEDGE_LAUNCH" "$work/by-pkg-config") || fail "the program of kedge-core.pc exits with $?"
echo "kedge-core.pc: $said"
