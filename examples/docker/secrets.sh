#!/usr/bin/env bash
# examples/docker/secrets.sh: makes what compose.yaml mounts and the repository cannot hold, in secrets/ beside it: tokens, and a key
# with a certificate that is its own CA, for the names hub and localhost. Keeps what is there: the
# certificate ends after 825 days, and who removes hub.pem gets another.
#
# The folder is its owner's alone; the files in it are readable, as they are mounted into containers whose users are others.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 022
mkdir -p -m 700 secrets
cd secrets

# random NAME: a token in a file.
random() { [ -s "$1" ] || openssl rand -hex 32 >"$1"; }
random hub.token
random agent.token
[ -s btp-peers.json ] || printf '{"agent": "%s"}\n' "$(<agent.token)" >btp-peers.json
if [ ! -s hub.key ] || [ ! -s hub.pem ]; then
  words=$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj /CN=kedge-hub \
    -addext subjectAltName=DNS:hub,DNS:localhost -keyout hub.key -out hub.pem 2>&1) || { echo "$words" >&2; exit 1; }
  chmod 644 hub.key
fi
