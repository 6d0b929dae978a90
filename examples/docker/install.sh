#!/bin/sh
# install.sh PROGRAM FOLDER: what makes an image of PROGRAM (kedge-agent, kedge-hub) out of Debian: its package, of those in FOLDER, which
# knows what it depends on, its user and its folders. The Dockerfiles run it.
set -eu
program=$1 folder=$2
case $program in
  kedge-agent) more=ca-certificates ;;
  kedge-hub) more= ;;
  *) echo "install.sh: no image is made of $program" >&2; exit 2 ;;
esac
apt-get update
# shellcheck disable=SC2086  # none, or one
apt-get install -y --no-install-recommends $more systemd-standalone-sysusers "$folder/$program"_*.deb
rm -rf /var/lib/apt/lists/*
# Where the hub may write; a volume begins as this.
if [ "$program" = kedge-hub ]; then install -d -o kedge-hub -g kedge-hub -m 750 /var/lib/kedge-hub; fi
