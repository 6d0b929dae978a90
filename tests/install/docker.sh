#!/usr/bin/env bash
# tests/install/docker.sh: what the Dockerfiles of examples/docker run, without Docker. install.sh makes a root of debootstrap's, which
# debian:12-slim is without manuals, into each image, from the Debian packages that toolchains/debian_packages.sh makes here. Then both
# programs are started there, with the users, options, settings and health checks that the Dockerfiles and compose.yaml name, and used: a
# packet, the operator's API, SIGTERM.
#
# Docker itself is not run: its builder, networks, mounts and restarts, and what compose.yaml says of them, are not tested.
# Needs root, for chroot and namespaces; uses build/docker-root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=toolchains/packages.sh
. toolchains/packages.sh
# shellcheck source=tests/install/scratch_root.sh
. tests/install/scratch_root.sh

work=$PWD/build/docker-root
example=$work/example
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
say() { printf '\n--- %s (%s s)\n' "$*" "$SECONDS"; }

# --- the images --------------------------------------------------------------------------------------------------------

# image NAME: $work/NAME, as the second stage of its Dockerfile makes it.
image() {
  local name=$1 root=$work/$1 user=kedge-$1 own
  mkdir -p "$root"
  tar -x -C "$root" --numeric-owner -f "$bare"
  mkdir "$root/packages"
  cp build/packages/bookworm/"$user"_*_"$(dpkg --print-architecture)".deb "$root/packages"
  cp examples/docker/install.sh "$root"
  mount -t proc proc "$root/proc"
  DEBIAN_FRONTEND=noninteractive chroot "$root" /install.sh "$user" /packages >"$work/$name.install.log" 2>&1 || fail "install.sh: $(cat "$work/$name.install.log")"
  umount "$root/proc"
  cp examples/docker/loopback-http "$root/usr/local/bin/"
  # shellcheck disable=SC2016  # dpkg-query fills it in
  if chroot "$root" dpkg-query -W -f '${Package}\n' | grep -E -- '-dev$|^(gcc|g\+\+|cpp|clang|binutils|make|cmake|git)(-[0-9]+)?$'; then
    fail "$name: the image has what builds"
  fi
  [ "$(sed -n 's/^USER //p' "examples/docker/$name.Dockerfile")" = "$user" ] || fail "$name: its user is not $user"
  own=$(find "$root" -xdev -user "$(chroot "$root" id -u "$user")")
  case $name in
    hub) [ "$own" = "$root/var/lib/kedge-hub" ] || fail "the hub's user owns: $own" ;;
    agent) [ -z "$own" ] || fail "the agent's user owns: $own" ;;
  esac
  echo "$name: $(chroot "$root" dpkg-query -W -f '.\n' | wc -l) packages, no compiler; $user owns ${own#"$root"}"
}

# --- the programs ------------------------------------------------------------------------------------------------------

# healthy NAME: within 30 s, by the check that its Dockerfile names.
healthy() {
  local check end=$((SECONDS + 30))
  check=$(sed -n 's/^HEALTHCHECK .* CMD //p' "examples/docker/$1.Dockerfile")
  until chroot --userspec="kedge-$1" "$work/$1" sh -c "$check" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "$1 is not healthy: $(cat "$work/$1.log")"
    sleep 0.1
  done
}

# stop NAME PID: SIGTERM ends it well.
stop() {
  kill "$2"
  wait "$2" || fail "$1 ends with $? on SIGTERM: $(cat "$work/$1.log")"
}

# Runs with a network and processes of its own.
used() {
  local hub agent said options settings
  ip link set lo up
  mapfile -t options < <(sed -n '/^    command:/,/^    secrets:/s/^      - //p' "$example/compose.yaml")
  mapfile -t settings < <(sed -n '/^    environment:/,/^    secrets:/s/^      \([A-Z_]*\): /\1=/p' "$example/compose.yaml"
    sed -n 's/^ENV //p' examples/docker/agent.Dockerfile)
  chroot --userspec=kedge-hub "$work/hub" env -C /var/lib/kedge-hub kedge-hub "${options[@]}" >"$work/hub.log" 2>&1 &
  hub=$!
  healthy hub
  chroot --userspec=kedge-agent "$work/agent" env -i PATH=/usr/bin:/bin "${settings[@]}" kedge-agent >"$work/agent.log" 2>&1 &
  agent=$!
  healthy agent
  said=$(curl -sS --max-time 40 http://127.0.0.1:8080/ilp/send -H 'Content-Type: application/json' \
    -d '{"destination":"test.hub.till","amount":"1000","data":"aGVsbG8="}')
  [[ $said == '{"accepted":true,"fulfilled":true,'* ]] || fail "the packet: $said"
  echo "a packet: $said"
  said=$(chroot "$work/hub" loopback-http GET 8444 /approvals) || fail "loopback-http: $said"
  chroot "$work/hub" loopback-http POST 8444 /approvals/999/approve >/dev/null && fail 'loopback-http takes an error for a success'
  stop agent "$agent"
  stop hub "$hub"
  if grep -rqF -f <(cat "$example"/secrets/*.token) "$work"/*.log; then fail 'a token is in a log'; fi
  echo 'both ended well on SIGTERM'
}

[ "$(id -u)" -eq 0 ] || fail 'root is needed, for chroot and namespaces'
[ "${1:-}" != used ] || { used; exit; }
kedge_install docker-test
say 'the packages'
toolchains/debian_packages.sh "$(dpkg --print-architecture)" bookworm
bare=$(scratch_root_bare bookworm)
for name in agent hub; do scratch_root_end "$work/$name"; done
rm -rf "$work"
mkdir -p "$work"

say 'the images'
cp -r examples/docker "$example"
"$example/secrets.sh"
for name in hub agent; do
  image "$name"
  mkdir -p "$work/$name/run/secrets" "$work/$name/etc/kedge"
  cp "$example/secrets/hub.pem" "$work/$name/etc/kedge/"
  printf '127.0.0.1 localhost hub\n' >"$work/$name/etc/hosts"
done
cp "$example/policy.json" "$example/btp.json" "$work/hub/etc/kedge/"
cp "$example"/secrets/{hub.key,hub.token,btp-peers.json} "$work/hub/run/secrets/"
cp "$example/secrets/agent.token" "$work/agent/run/secrets/"

say 'the programs'
unshare --net --pid --fork --kill-child tests/install/docker.sh used
for name in agent hub; do scratch_root_end "$work/$name"; done
