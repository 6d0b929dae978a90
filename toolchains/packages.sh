# shellcheck shell=bash
# The Debian packages kedge needs, and for what. Sourced by tests/run.sh and examples/demo.sh:
# the table below is the one place that knows.

# One line for each need: group, then its packages. Those of `sysroot` are never installed: toolchains/sysroot.sh unpacks
# them, of another architecture.
KEDGE_PACKAGES='
build    cmake ninja-build g++ pkg-config ca-certificates git
build    libuv1-dev libwslay-dev libmbedtls-dev libcjson-dev libmicrohttpd-dev libcli11-dev
demo     openssl curl python3
test     libcmocka-dev python3-websockets tinyproxy-bin valgrind gcovr
style    clang clang-format clang-tidy shellcheck
fuzz     clang libclang-rt-dev llvm lld
bench    libwebsockets-dev libboost-dev libwebsocketpp-dev libasio-dev libssl-dev libbenchmark-dev
node     nodejs npm
firmware gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib
arm      g++-arm-linux-gnueabihf g++-aarch64-linux-gnu qemu-user
packages dpkg-dev file help2man
packages-test lintian debootstrap curl
docker-test debootstrap curl openssl iproute2
sysroot  libc6-dev libuv1-dev libwslay-dev libmbedtls-dev libcjson-dev libmicrohttpd-dev libcmocka-dev libcli11-dev libstdc++6 libgcc-s1
'

# kedge_packages GROUP...: the packages of these groups, one a line.
kedge_packages() {
  local group name packages
  for group in "$@"; do
    while read -r name packages; do
      if [ "$name" = "$group" ]; then tr ' ' '\n' <<<"$packages"; fi
    done <<<"$KEDGE_PACKAGES"
  done
}

# kedge_missing GROUP...: those of them that are not installed.
kedge_missing() {
  local package
  while read -r package; do
    # Node may come from elsewhere, with its own npm, and Debian's npm cannot stand beside that.
    case $package in
      nodejs) command -v node >/dev/null && continue ;;
      npm) command -v npm >/dev/null && continue ;;
    esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
  done < <(kedge_packages "$@")
}

# kedge_install GROUP...: installs what is missing, with sudo only when not root. With KEDGE_NO_INSTALL=1
# it leaves the machine alone, says what is missing and fails.
kedge_install() {
  local -a missing as_root=()
  mapfile -t missing < <(kedge_missing "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    echo "all Debian packages are there"
    return 0
  fi
  if [ "${KEDGE_NO_INSTALL:-0}" = 1 ]; then
    echo "missing Debian packages: ${missing[*]}" >&2
    echo "install them with: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "installing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  "${as_root[@]}" apt-get -q update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"
}
