#!/bin/sh
# Crawls without a browser; workers on other machines (or in containers) have one: sh workers.sh [SITE] [REDIS]
set -eu
site=${1:-http://127.0.0.1:8080}
REDIS=${2:-redis://127.0.0.1:6379}
here=$(dirname "$0")
ONEJAR_KEYS=${ONEJAR_KEYS:-$(onejar keys generate)} # the same keys for all who share the store
export REDIS ONEJAR_KEYS

onejar worker --queue "$REDIS" > worker.out 2> worker.log & # as many as you like
worker=$!
trap 'kill "$worker"' EXIT
until grep -qs ready worker.out; do kill -0 "$worker" || { cat worker.log; exit 1; }; sleep 0.1; done

node "$here/workers.mjs" "$site"
