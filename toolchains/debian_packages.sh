#!/usr/bin/env bash
# toolchains/debian_packages.sh [ARCH [SUITE]]: the Debian packages libkedge-dev, kedge, kedge-agent and kedge-hub for ARCH (amd64,
# armhf, arm64) and SUITE (bookworm, which is Debian 12; trixie, 13), in build/packages/SUITE; prints their paths. Unless told
# they are for this machine. Those for another are cross-compiled against a sysroot (toolchains/sysroot.sh), and their programs
# print their help under QEMU.
#
# Installs what it needs; KEDGE_NO_INSTALL=1: only says what is missing. KEDGE_JOBS: compilers at once (as many as there are cores).
#
# Exit codes: 0 they are there, 1 they could not be made, 2 wrong usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=toolchains/packages.sh
. toolchains/packages.sh
# shellcheck source=toolchains/usage.sh
. toolchains/usage.sh

native=$(dpkg --print-architecture)
own_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
arch=${1:-$native}
suite=${2:-$own_suite}
case $arch in
  -h | --help) usage 0 ;;
  amd64) triplet=x86_64-linux-gnu ;;
  armhf) triplet=arm-linux-gnueabihf ;;
  arm64) triplet=aarch64-linux-gnu ;;
  *) usage 2 >&2 ;;
esac
[[ $suite =~ ^[a-z]+$ ]] || usage 2 >&2
groups=(build packages)
[ "$arch" = "$native" ] || groups+=(arm)
kedge_install "${groups[@]}" >&2

build=build/debian-$suite-$arch
packages=build/packages/$suite
mkdir -p "$build" "$packages"
# Debian's own flags: hardened. Symbols would be stripped.
export DEB_HOST_ARCH=$arch DEB_BUILD_MAINT_OPTIONS=hardening=+all DEB_CFLAGS_MAINT_STRIP=-g DEB_CXXFLAGS_MAINT_STRIP=-g
flags() { dpkg-buildflags --get "$1" 2>/dev/null; }
case $suite in
  bookworm) release=deb12u1 ;;
  trixie) release=deb13u1 ;;
  *) release= ;;
esac
configuration=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr "-DCMAKE_INSTALL_LIBDIR=lib/$triplet"
  -DKEDGE_DEBIAN=ON "-DKEDGE_DEBIAN_ARCHITECTURE=$arch" "-DKEDGE_DEBIAN_RELEASE=$release")

# dpkg-shlibdeps asks dpkg whose the libraries of the sysroot are: its packages, as if they were installed where they lie.
# sysroot_database ROOT DATABASE
sysroot_database() {
  local list
  rm -rf "$2"
  mkdir -p "$2"
  cp -a "$1/.dpkg/." "$2"
  printf '%s\n' "$native" "$arch" >"$2/arch"
  for list in "$2"/info/*.list; do
    sed -i -E "s,^/(usr/)?(lib[0-9]*/),/usr/\2,; s,^,$1," "$list"
  done
}

if [ "$suite $arch" != "$own_suite $native" ]; then
  root=$PWD/$(toolchains/sysroot.sh "$arch" "$suite")
  sysroot_database "$root" "$build/dpkg"
  export DPKG_ADMINDIR=$PWD/$build/dpkg
  configuration+=("-DCMAKE_TOOLCHAIN_FILE=$PWD/toolchains/$triplet.cmake" "-DKEDGE_SUITE=$suite" "-DKEDGE_DEBIAN_LIBRARIES=$root/usr/lib/$triplet")
fi

# logged NAME COMMAND...: says something only when it fails.
logged() {
  "${@:2}" >"$build/$1.log" 2>&1 || { cat "$build/$1.log" >&2; exit 1; }
}
echo "compiling for $suite on $arch, which takes minutes; what is said meanwhile is in $build/*.log" >&2
CFLAGS="$(flags CPPFLAGS) $(flags CFLAGS)" CXXFLAGS="$(flags CPPFLAGS) $(flags CXXFLAGS)" LDFLAGS=$(flags LDFLAGS) \
  logged configure cmake -S . -B "$build" "${configuration[@]}"
logged build cmake --build "$build" -j "${KEDGE_JOBS:-$(nproc)}"
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$build/debian/changelog" -S Timestamp)
export SOURCE_DATE_EPOCH
rm -rf "$build"/*.deb "$packages/"*"_$arch.deb"
logged cpack cpack --config "$build/CPackConfig.cmake" -B "$build"
mv "$build"/*.deb "$packages/"
ls "$packages/"*"_$arch.deb"
