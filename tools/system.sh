#!/usr/bin/env bash
# Installs what the tests need from Debian, if it is missing: Chromium, Firefox ESR,
# faketime for a computer whose clock is wrong, and PostgreSQL, of which tests start servers
# of their own.
set -euo pipefail
chromium=$1
firefox=$2
has_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
if [ -x "$chromium" ] && [ -x "$firefox" ] && has_postgres && compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "The tests need libfaketime, PostgreSQL 15 or later, Chromium at $chromium and Firefox at $firefox. Install them, or run: make test CHROMIUM=/path/to/chromium FIREFOX=/path/to/firefox" >&2
  exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
$sudo apt-get update -qq
if ! has_postgres; then
  # The package would make a cluster and start it; nothing here uses that.
  $sudo mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq -o Dpkg::Options::=--force-confold --no-install-recommends chromium firefox-esr faketime postgresql
