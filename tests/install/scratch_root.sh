# shellcheck shell=bash
# A Debian in a folder, as small as debootstrap makes it, with what given packages depend on. Sourced by tests/install/packages.sh,
# tests/install/docker.sh and tests/bare_root.sh.

# Only mounts under the root, innermost first; and nothing is removed while one is left.
scratch_root_end() {
  local point
  while read -r point; do umount "$point" || umount -l "$point"; done \
    < <(awk -v under="$1/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r)
  if ! grep -qF " $1/" /proc/mounts; then rm -rf --one-file-system "$1"; fi
}

# The first Debian mirror of this machine's release that its apt uses.
# shellcheck disable=SC2016  # apt fills these in
scratch_root_mirror() {
  apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
    awk -v suite="$1" '$2 == suite && found == "" { found = $1 } END { print found }'
}

# scratch_root_bare SUITE: the path of a tar of what debootstrap makes, with this machine's settings of apt. Made once.
scratch_root_bare() {
  local suite=$1 from kept=build/bare-root
  if [ ! -e "$kept/$suite.tar" ]; then
    from=$(scratch_root_mirror "$suite")
    [ -n "$from" ] || { echo "apt of this machine has no source for $suite" >&2; return 1; }
    rm -rf --one-file-system "${kept:?}/$suite"
    mkdir -p "$kept"
    # What it mounts ends with it.
    unshare --mount --propagation private debootstrap --variant=minbase "$suite" "$kept/$suite" "$from" >"$kept/$suite.log" 2>&1 ||
      { cat "$kept/$suite.log" >&2; return 1; }
    scratch_root_settings "$kept/$suite" || return 1
    tar -c -C "$kept/$suite" --numeric-owner --one-file-system -f "$kept/$suite.partial" . && rm -rf "${kept:?}/$suite" &&
      mv "$kept/$suite.partial" "$kept/$suite.tar" || return 1
  fi
  echo "$kept/$suite.tar"
}

scratch_root_settings() {
  # How to reach the mirror; hooks would look for programs of this machine's.
  apt-config dump Acquire >"$1/etc/apt/apt.conf.d/acquire"
  rm -f "$1/etc/apt/sources.list" "$1/var/cache/apt/archives/"*.deb
  cp -a /etc/apt/sources.list.d/debian.sources "$1/etc/apt/sources.list.d/" 2>/dev/null || cp -a /etc/apt/sources.list "$1/etc/apt/"
  cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
  # Services of the root are not this machine's to start.
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod +x "$1/usr/sbin/policy-rc.d"
}

# scratch_root_made ROOT SUITE DEPENDS: takes a minute.
scratch_root_made() {
  local bare
  bare=$(scratch_root_bare "$2") || return 1
  mkdir "$1"
  tar -x -C "$1" --numeric-owner -f "$bare"
  mount -t proc proc "$1/proc"
  chroot "$1" apt-get -q update &&
    chroot "$1" env DEBIAN_FRONTEND=noninteractive apt-get -qy satisfy --no-install-recommends "$3" &&
    chroot "$1" apt-get clean
}

# scratch_root WORK PACKAGE...: WORK/root is a fresh one, without the packages. It is made once, and again when they depend on
# something else: WORK/root.tar keeps it.
scratch_root() {
  local work=$1 suite depends
  shift
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  depends=$(for package in "$@"; do dpkg-deb -f "$package" Depends; done | sed 's/, /\n/g' | sort -u | paste -sd, | sed 's/,/, /g')
  scratch_root_end "$work/root"
  if [ "$(cat "$work/root.made-of" 2>/dev/null)" = "$suite $depends" ]; then
    mkdir "$work/root"
    tar -x -C "$work/root" --numeric-owner -f "$work/root.tar"
    mount -t proc proc "$work/root/proc"
  else
    echo "$suite with $depends"
    rm -f "$work/root.made-of"
    scratch_root_made "$work/root" "$suite" "$depends" >"$work/root.log" 2>&1 || { cat "$work/root.log" >&2; return 1; }
    tar -c -C "$work/root" --numeric-owner --one-file-system -f "$work/root.tar" .
    echo "$suite $depends" >"$work/root.made-of"
  fi
  echo "$(chroot "$work/root" dpkg-query -f '.\n' -W | wc -l) packages"
}
