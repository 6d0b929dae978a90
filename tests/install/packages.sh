#!/usr/bin/env bash
# tests/install/packages.sh [ARCH...]: the Debian packages of this machine's release (amd64, armhf and arm64 unless told; then those of
# trixie for arm64 too) are made, lintian finds no error in them, and they depend on what they use; this machine's own are installed
# into a Debian of their own, run there, and removed without a trace. Needs root, for debootstrap and chroot; makes that Debian once, in build/packages-root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/tests/install
# shellcheck source=toolchains/packages.sh
. toolchains/packages.sh
# shellcheck source=tests/install/scratch_root.sh
. tests/install/scratch_root.sh

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
say() { printf '\n--- %s (%s s)\n' "$*" "$SECONDS"; }

[ "$(id -u)" -eq 0 ] || fail 'root is needed, for debootstrap and chroot'
architectures=("$@")
[ "$#" -gt 0 ] || architectures=(amd64 armhf arm64)
kedge_install packages-test
native=$(dpkg --print-architecture)
own_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
packages=build/packages/$own_suite
work=$PWD/build/packages-root
root=$work/root
version=$(sed -n 's/^project(kedge VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
mkdir -p "$work"
running=  # in the root

# --- what is in them ---------------------------------------------------------------------------------------------------

# package ARCH NAME: its file.
package() { echo "$packages/$2"_*_"$1".deb; }

# What each is known to use, beside libc6, libgcc-s1 and libstdc++6: dpkg-shlibdeps has to have seen it.
check_dependencies() {
  local arch=$1 name wanted depends one mbedtls='libmbedcrypto7 libmbedtls14 libmbedx509-1' uv=libuv1 microhttpd=libmicrohttpd12
  if [ "$2" = trixie ]; then
    mbedtls='libmbedcrypto16 libmbedtls21 libmbedx509-7' uv=libuv1t64 microhttpd=libmicrohttpd12t64
  fi
  while read -r name wanted; do
    depends=$(dpkg-deb -f "$(package "$arch" "$name")" Depends)
    for one in $wanted; do
      # A library has a version: one from which on it has the symbols we use.
      grep -qE "(^|, )$one( \(|,|\$)" <<<"$depends" || fail "$name of $arch does not depend on $one: $depends"
    done
    case $name in
      libkedge-dev) ;;
      *) grep -qE '(^|, )libc6 \(>= 2\.[0-9]+\)' <<<"$depends" || fail "$name of $arch takes any libc6: $depends" ;;
    esac
    echo "$name $arch: $depends"
  done <<END
libkedge-dev libcjson-dev libmbedtls-dev libuv1-dev libwslay-dev
kedge $mbedtls $uv libwslay1 libc6 libstdc[+][+]6
kedge-agent procps $mbedtls $microhttpd $uv libwslay1 libc6 libstdc[+][+]6
kedge-hub $mbedtls $microhttpd $uv libwslay1 libc6 libstdc[+][+]6
END
}

# A program of the architecture, without symbols, and its manual page.
check_contents() {
  local arch=$1 name what machine
  case $arch in
    amd64) machine='x86-64' ;;
    armhf) machine='ARM, EABI5' ;;
    arm64) machine='ARM aarch64' ;;
  esac
  for name in kedge kedge-agent kedge-hub; do
    rm -rf "$work/contents"
    dpkg-deb -x "$(package "$arch" "$name")" "$work/contents"
    what=$(file -b "$work/contents/usr/bin/$name")
    [[ $what == *"$machine"*", stripped" ]] || fail "$name of $arch is $what"
    zcat "$work/contents/usr/share/man/man1/$name.1.gz" | grep -q '^\.SH OPTIONS' || fail "$name of $arch has no manual page"
    [ -s "$work/contents/usr/share/bash-completion/completions/$name" ] || fail "$name of $arch has no completion"
  done
  rm -rf "$work/contents"
}

# --- in a Debian of their own ------------------------------------------------------------------------------------------

# What is there: kinds, modes, owners and names, and the contents of /etc; without what apt and dpkg keep about themselves, the
# copies that the tools for users make of their files, and what a reboot ends.
trace() (
  cd "$root"
  find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log \
    -o -path ./proc -o -path ./dev -o -path ./sys -o -path ./run \) -prune \
    -o ! -path './etc/*-' ! -path ./etc/.pwd.lock -printf '%y %m %U:%G %p %l\n' | sort
  find etc -xdev -type f ! -name '*-' ! -name .pwd.lock -exec sha256sum {} + | sort -k 2
)

# started NAME VARIABLE=VALUE: starts it in the root as its user, and waits for the line that tells its addresses.
started() {
  local name=$1 output=$work/$1.output log=$work/$1.log
  # A fifo ends the wait with the line, or with the program.
  rm -f "$output"
  mkfifo "$output"
  chroot --userspec="$name:$name" "$root" /usr/bin/env -i "$2" "/usr/bin/$name" >"$output" 2>"$log" &
  running=$!
  exec 3<"$output"
  IFS= read -r -t 60 line <&3 || fail "$name ends before it listens: $(cat "$log")"
  echo "$name: $line"
}

# stopped NAME: SIGTERM ends it with 0.
stopped() {
  local status=0
  kill -TERM "$running"
  wait "$running" || status=$?
  running=
  [ "$status" -eq 0 ] || fail "$1 exits with $status at SIGTERM"
}

check_programs() {
  local name said url
  for name in kedge kedge-agent kedge-hub; do
    said=$(chroot "$root" "/usr/bin/$name" --version) || fail "$name --version exits with $?"
    [ "$said" = "$name $version" ] || fail "$name --version says: $said"
  done

  started kedge-agent HTTP_PORT=0
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' <<<"$line")
  said=$(curl -sS --max-time 10 "$url/health") || fail "kedge-agent does not answer at $url"
  [[ $said == '{"status":"healthy",'*"\"version\":\"$version\""* ]] || fail "kedge-agent's health: $said"
  stopped kedge-agent

  started kedge-hub KEDGE_HUB_TOKEN=of-the-test
  url=$(sed -n 's/.*"operator":"\([^"]*\)".*/\1/p' <<<"$line")
  said=$(curl -sS --max-time 10 "$url/status") || fail "kedge-hub does not answer at $url"
  [[ $said == '{'*'}' ]] || fail "kedge-hub's status: $said"
  # One speaks to the other. Without a policy everything is denied, which is exit code 5.
  url=$(sed -n 's/.*"url":"\([^"]*\)","operator.*/\1/p' <<<"$line")
  # What it keeps of earlier results is its user's, and no package takes it away.
  status=0
  chroot "$root" /usr/bin/env KEDGE_TOKEN=of-the-test XDG_STATE_HOME=/tmp/state \
    kedge agent-gate call some_tool '{}' --url "$url" 2>"$work/call.err" || status=$?
  rm -r "$root/tmp/state"
  [ "$status" -eq 5 ] || fail "a call without a policy exits with $status, not 5: $(cat "$work/call.err")"
  stopped kedge-hub
}

check_services() {
  local name said
  for name in kedge-agent kedge-hub; do
    grep -qE "^$name:x:[0-9]+:[0-9]+:.*/nologin\$" "$root/etc/passwd" || fail "there is no system user $name"
    said=$(chroot "$root" systemd-analyze verify --man=no "/usr/lib/systemd/system/$name.service" 2>&1 | grep -F "$name" || true)
    [ -z "$said" ] || fail "systemd-analyze verify: $said"
    # As its owner would.
    chroot "$root" systemctl enable "$name" 2>/dev/null
    [ -L "$root/etc/systemd/system/multi-user.target.wants/$name.service" ] || fail "$name cannot be enabled"
  done
  # The README's way.
  echo secret >"$root/tmp/token.txt"
  chroot "$root" install -m 640 -g kedge-agent /tmp/token.txt /etc/kedge/agent.token
  rm "$root/tmp/token.txt"
  chroot --userspec=kedge-agent:kedge-agent "$root" cat /etc/kedge/agent.token >/dev/null || fail 'kedge-agent cannot read its token'
  install -d -o "$(chroot "$root" id -u kedge-hub)" "$root/var/lib/kedge-hub"
  echo '{}' >"$root/var/lib/kedge-hub/policy.json"
  for name in agent hub; do
    [ "$(stat -c '%a %U' "$root/etc/kedge/$name.env")" = '600 root' ] ||
      fail "$name.env, which may hold a secret, is not root's alone"
  done
}

# The library as an owner of libkedge-dev finds it: headers and libraries are those of the root.
check_library() {
  local triplet said
  local -a flags libs
  triplet=$(gcc -print-multiarch)
  export PKG_CONFIG_LIBDIR=$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
  [ "$(pkg-config --modversion kedge)" = "$version" ] || fail 'kedge.pc has another version'
  read -ra flags <<<"$(pkg-config --cflags kedge)"
  read -ra libs <<<"$(pkg-config --libs kedge)"
  g++ -std=c++20 "${flags[@]}" -isystem "$root/usr/include" "$here/consumer/main.cpp" "-L$root/usr/lib/$triplet" "${libs[@]}" \
    -o "$root/tmp/consumer"
  said=$(chroot "$root" /tmp/consumer) || fail "a program of libkedge-dev exits with $?"
  rm "$root/tmp/consumer"
  [ "$said" = "kedge $version: closed once, caught as expected" ] || fail "a program of libkedge-dev says: $said"
  unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
}

installed_and_removed() {
  local name line status
  local -a names=(libkedge-dev kedge kedge-agent kedge-hub) files=()
  for name in "${names[@]}"; do files+=("$(package "$native" "$name")"); done
  say 'a Debian with what they depend on'
  scratch_root "$work" "${files[@]}"
  # Whatever happens, nothing stays running or mounted.
  trap '[ -z "$running" ] || kill "$running" 2>/dev/null || true; scratch_root_end "$root"' EXIT
  trace >"$work/before"

  say 'installed'
  mkdir "$root/tmp/packages"
  cp "${files[@]}" "$root/tmp/packages"
  # dpkg refuses to configure what misses a dependency.
  chroot "$root" sh -c 'dpkg -i /tmp/packages/*.deb' >"$work/install.log" 2>&1 || fail "dpkg -i: $(cat "$work/install.log")"
  rm -r "$root/tmp/packages"
  check_programs
  check_library
  check_services

  say 'removed, then purged'
  chroot "$root" dpkg --remove "${names[@]}" >"$work/remove.log" 2>&1 || fail "dpkg --remove: $(cat "$work/remove.log")"
  [ ! -e "$root/usr/bin/kedge-agent" ] || fail 'kedge-agent is there after dpkg --remove'
  [ -f "$root/etc/kedge/agent.env" ] || fail 'dpkg --remove took the configuration'
  chroot "$root" dpkg --purge kedge-agent kedge-hub >"$work/purge.log" 2>&1 || fail "dpkg --purge: $(cat "$work/purge.log")"
  trace >"$work/after"
  diff "$work/before" "$work/after" || fail 'this is not as it was before the packages (<) any more'
  echo "no trace: $(wc -l <"$work/after") files, folders and contents are as they were"
}

# of_release SUITE ARCH...
of_release() {
  local suite=$1 arch
  shift
  packages=build/packages/$suite
  for arch in "$@"; do
    say "the packages of $suite for $arch"
    toolchains/debian_packages.sh "$arch" "$suite"
    check_dependencies "$arch" "$suite"
    check_contents "$arch"
    lintian --allow-root --fail-on error "$packages"/*_"$arch".deb || fail "lintian finds errors in the packages of $suite for $arch"
  done
}
if [ "$#" -eq 0 ] && [ "$own_suite" != trixie ]; then of_release trixie arm64; fi
of_release "$own_suite" "${architectures[@]}"
if [[ " ${architectures[*]} " == *" $native "* ]]; then
  installed_and_removed
else
  echo "left out: installing, as none of these is this machine's architecture ($native)"
fi
say 'passed'
