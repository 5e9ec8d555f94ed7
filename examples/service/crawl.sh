#!/bin/sh
# The same with curl: sh crawl.sh https://shop.example/
set -eu
onejar=${ONEJAR_URL:-http://localhost:7411}
ask() { curl -sS --fail-with-body -H "Authorization: Bearer ${ONEJAR_TOKEN:-none}" "$@"; echo; }

ask "$onejar/v1/fetch" -H 'Content-Type: application/json' \
  -d "{ \"session\": \"alice\", \"url\": \"$1\", \"extract\": { \"title\": \"h1\" } }"
ask "$onejar/v1/sessions/alice/cookies?reveal=1"
ask "$onejar/v1/sessions/alice/export?format=netscape"
ask -X DELETE "$onejar/v1/sessions/alice"
