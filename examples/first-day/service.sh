#!/bin/sh
# The service, from curl and from Python: sh service.sh [SITE]
set -eu
site=${1:-http://127.0.0.1:8080}
here=$(dirname "$0")
export ONEJAR_HOME="${ONEJAR_HOME:-./onejar-home}"

# Only public addresses are reached unless you say otherwise: the practice shop is on this machine.
onejar serve --port "${PORT:-7411}" --store memory --allow-address 127.0.0.1/32 > service.out 2> service.log &
service=$!
trap 'kill "$service"' EXIT
until grep -qs http service.out; do kill -0 "$service" || { cat service.log; exit 1; }; sleep 0.1; done
ONEJAR_URL=$(grep -o 'http://[^ ]*' service.out)
export ONEJAR_URL

curl -sS --fail-with-body "$ONEJAR_URL/v1/fetch" -H 'Content-Type: application/json' \
  -d "{ \"session\": \"alice\", \"url\": \"$site/open/1\", \"extract\": { \"title\": \"h1\" } }"
echo
python3 "$here/service.py" "$site"
