#!/usr/bin/env bash
# tests/install/docker.sh: examples/docker without Docker. The steps of each stage of its Dockerfiles are executed in roots that
# debootstrap made; what comes out is started as compose.yaml says - user, mounts, secrets, root read-only, networks - and used:
# health checks, a packet, a tool that is approved, a restart, secrets nowhere, SIGTERM.
#
# debian:12-slim is debootstrap's minbase without manuals, documentation and locales, as the roots are. What is Docker's own is not
# tested: its builder, its ports on the host, its DNS (names come from /etc/hosts), its restarts.
#
# Needs root, for chroot and namespaces. Keeps in build/docker-root what was made, for the next time; KEDGE_JOBS as in tests/run.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=toolchains/packages.sh
. toolchains/packages.sh
# shellcheck source=tests/install/scratch_root.sh
. tests/install/scratch_root.sh

[ "$(id -u)" -eq 0 ] || { echo 'FAILED: root is needed, for chroot and namespaces' >&2; exit 1; }
kedge_install docker-test
# The interpreter of Debian, which has its packages.
python=/usr/bin/python3
"$python" -B tests/install/docker/interpreter_test.py
bare=$(scratch_root_bare bookworm)
exec "$python" -Bu tests/install/docker/example.py "$bare" build/docker-root
