#!/usr/bin/env bash
# consumer.sh BUILD_DIR CXX VERSION: installs the build under itself, then builds and runs tests/install/consumer
# against it: with find_package, with pkg-config, in a shared object, and with -static where there are archives; and the examples. CXXFLAGS and
# LDFLAGS are the build's (sanitizers must match).
set -euo pipefail
build=$1 cxx=$2 version=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$build/consumer
prefix=$work/prefix
rm -rf "$work"
mkdir -p "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# check HOW PROGRAM: the program answers with the version installed.
check() {
  local said
  said=$("$KEDGE_LAUNCH" "$2") || fail "the program built with $1 exits with $?"
  [ "$said" = "kedge $version: closed once, caught as expected" ] || fail "built with $1, it says: $said"
  echo "$1: $said"
}

cmake --install "$build" --prefix "$prefix" >"$work/install.log" || fail "cmake --install: $(cat "$work/install.log")"

# A user need not know what the library was built with (_TIME_BITS on 32-bit machines): a cross build's flags are those alone.
options=(-DCMAKE_PREFIX_PATH="$prefix" -DKEDGE_WANTED="$version")
if [ -n "${CMAKE_TOOLCHAIN_FILE:-}" ]; then options+=(-DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_CXX_FLAGS=); fi
cmake -S "$here/consumer" -B "$work/cmake" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" "${options[@]}" >"$work/cmake.log" 2>&1 || fail "configuring: $(cat "$work/cmake.log")"
cmake --build "$work/cmake" >>"$work/cmake.log" 2>&1 || fail "building: $(cat "$work/cmake.log")"
check find_package "$work/cmake/consumer"

# Nothing installed may point back into the build or the sources, or into a sysroot.
if grep -rIlF -e "$build/include" -e build/sysroot -e "$(cd "$here/../.." && pwd)/src" "$prefix" --include='*.cmake' --include='*.pc' \
  --include='*.hpp'; then
  fail "these installed files name the tree they were built from"
fi

if [ -n "${CMAKE_TOOLCHAIN_FILE:-}" ]; then
  echo 'left out: pkg-config of a cross build, which looks into the sysroot, where we install nothing; and the examples, which it builds'
  exit 0
fi
pc=$(dirname "$(find "$prefix" -name kedge.pc)")
export PKG_CONFIG_PATH=$pc
[ "$(pkg-config --modversion kedge)" = "$version" ] || fail "kedge.pc has another version"
read -ra flags <<<"${CXXFLAGS:-} $(pkg-config --cflags kedge)"
read -ra libs <<<"$(pkg-config --libs kedge) ${LDFLAGS:-}"
"$cxx" -std=c++20 -fexceptions -frtti "${flags[@]}" "$here/consumer/main.cpp" "${libs[@]}" -o "$work/by-pkg-config"
check pkg-config "$work/by-pkg-config"

# All of it, not what a program happens to call; -z text: nothing to be written into its code when it is loaded.
"$cxx" -shared -Wl,-z,text -Wl,--whole-archive "$(dirname "$pc")"/libkedge-*.a -Wl,--no-whole-archive "${libs[@]}" -o "$work/libshared.so" ||
  fail 'the library does not go into a shared object'

# The README's programs use all of the library, so that nothing may be missing from kedge.pc.
# example SOURCE USAGE
example() {
  local said
  "$cxx" -std=c++20 "${flags[@]}" "$here/../../examples/$1" "${libs[@]}" -o "$work/example"
  said=$("$KEDGE_LAUNCH" "$work/example" 2>&1) && fail "$1 succeeds without arguments"
  [ "$said" = "$2" ] || fail "$1 says: $said"
}
example tool_call/main.cpp "the URL has a scheme other than ws:// or wss://"
example btp-two-peers/receiver.cpp "config: usage: receiver URL PEER_ID [crosstown|btp2 [CA_FILE]]"
# A user's own test needs what is installed, and no more.
"$cxx" -std=c++20 "${flags[@]}" "$here/../../examples/simulated_outage/main.cpp" "${libs[@]}" -o "$work/outage"
"$KEDGE_LAUNCH" "$work/outage" || fail 'the test of a simulated outage fails with what is installed'

# A protocol of one's own is made of what is installed, and speaks to a server of another make.
"$cxx" -std=c++20 "${flags[@]}" "$here/../../examples/own_protocol/main.cpp" "${libs[@]}" -o "$work/own_protocol"
if [ -n "${KEDGE_MAKE_CERTIFICATES:-}" ]; then
  KEDGE_OWN_PROTOCOL=$work/own_protocol KEDGE_TINYPROXY=/usr/bin/tinyproxy /usr/bin/python3 -B "$here/../interop/own_protocol_test.py" ||
    fail 'examples/own_protocol fails with what is installed'
fi

# With -static each library is an archive; sanitizers are none.
missing=()
for archive in uv_a mbedtls mbedx509 mbedcrypto wslay cjson; do
  [ -e "$("$cxx" -print-file-name="lib$archive.a")" ] || missing+=("lib$archive.a")
done
if [ "${#missing[@]}" -gt 0 ] || [[ ${CXXFLAGS:-} == *-fsanitize* ]]; then
  echo "left out: a program linked with -static: ${missing[*]-}${CXXFLAGS:+ CXXFLAGS are $CXXFLAGS}"
  exit 0
fi
read -ra libs <<<"$(pkg-config --libs kedge-static) -static"
example tool_call/main.cpp "the URL has a scheme other than ws:// or wss://"
cmake -S "$here/consumer" -B "$work/static" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" "${options[@]}" -DKEDGE_STATIC=ON -DCMAKE_EXE_LINKER_FLAGS=-static \
  >"$work/static.log" 2>&1 || fail "with KEDGE_STATIC: $(cat "$work/static.log")"
cmake --build "$work/static" >>"$work/static.log" 2>&1 || fail "with KEDGE_STATIC: $(cat "$work/static.log")"
check KEDGE_STATIC "$work/static/consumer"
