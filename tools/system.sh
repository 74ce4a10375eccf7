#!/usr/bin/env bash
# Installs what the tests need from Debian, if it is missing: Chromium, Firefox ESR,
# and faketime for a computer whose clock is wrong.
set -euo pipefail
chromium=$1
firefox=$2
if [ -x "$chromium" ] && [ -x "$firefox" ] && compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "The browser tests need libfaketime, Chromium at $chromium and Firefox at $firefox. Install them, or run: make test CHROMIUM=/path/to/chromium FIREFOX=/path/to/firefox" >&2
  exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium firefox-esr faketime
