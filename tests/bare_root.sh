#!/usr/bin/env bash
# tests/bare_root.sh [COMMAND...]: proves on a Debian 12 with nothing but git that the commands of the README work.
# Makes a root with debootstrap, and for each command (the scripts of the README unless told) a copy of it
# with a fresh clone of HEAD, so that neither command lives on what the other installed. Needs root; takes its mirror
# and the settings of apt and npm from this machine. KEDGE_BARE_ROOT names the scratch folder (2 GB or so; /var/tmp otherwise).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/install/scratch_root.sh
. tests/install/scratch_root.sh

suite=bookworm
case "${1:-}" in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' tests/bare_root.sh; exit 0 ;;
esac
commands=("$@")
[ "$#" -gt 0 ] || commands=(examples/quickstart.sh examples/btp-two-peers/run.sh tests/run.sh)
[ "$(id -u)" -eq 0 ] || { echo 'bare_root.sh needs root, for debootstrap and chroot' >&2; exit 2; }
command -v debootstrap >/dev/null || { echo 'missing Debian package: debootstrap' >&2; exit 2; }

scratch=$(mktemp -d "${KEDGE_BARE_ROOT:-/var/tmp}/kedge-bare.XXXXXX")

# Only mounts under the scratch folder, innermost first; and nothing is removed while one is left.
unmount() {
  local point
  while read -r point; do umount "$point" || umount -l "$point"; done \
    < <(awk -v under="$scratch/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r)
}

clean() {
  unmount
  if ! grep -qF " $scratch/" /proc/mounts; then rm -rf --one-file-system "$scratch"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM

say() { printf '\n### %s (%s s)\n' "$*" "$SECONDS"; }

copy_apt_settings() {
  local root=$1
  # How to reach the mirror; hooks would look for programs of this machine's.
  apt-config dump Acquire >"$root/etc/apt/apt.conf.d/acquire"
  rm -f "$root/etc/apt/sources.list"
  cp -a /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null ||
    cp -a /etc/apt/sources.list "$root/etc/apt/"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L /etc/hosts "$root/etc/hosts"
}

# What this machine's npm trusts beside the authorities everybody does.
copy_npm_settings() {
  local root=$1
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/node-authorities.pem"; fi
}

say "debootstrap $suite"
from=$(scratch_root_mirror "$suite")
[ -n "$from" ] || { echo "apt of this machine has no source for $suite" >&2; exit 2; }
debootstrap --variant=minbase --include=git,ca-certificates "$suite" "$scratch/bare" "$from" |
  grep -vE '^I: (Retrieving|Validating|Extracting|Unpacking|Configuring)' || true
[ -x "$scratch/bare/usr/bin/git" ] || { echo 'debootstrap failed' >&2; exit 1; }
copy_apt_settings "$scratch/bare"
copy_npm_settings "$scratch/bare"
git clone -q --bare . "$scratch/bare/srv/kedge.git"
say "the root is made: $(chroot "$scratch/bare" dpkg-query -f '.\n' -W | wc -l) packages"

failed=0
for command in "${commands[@]}"; do
  root=$scratch/root
  cp -a --reflink=auto "$scratch/bare" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount --rbind /dev "$root/dev"
  mount --make-rslave "$root/dev"
  say "$command in a fresh clone"
  if chroot "$root" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/etc/node-authorities.pem} \
    bash -c "cd /root && git clone -q /srv/kedge.git kedge && cd kedge && $command"; then
    say "$command: passed"
  else
    say "$command: FAILED"
    failed=$((failed + 1))
  fi
  unmount
  grep -qF " $root/" /proc/mounts && { echo "something is still mounted under $root" >&2; exit 1; }
  rm -rf --one-file-system "$root"
done

echo "$((${#commands[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
