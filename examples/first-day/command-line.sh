#!/bin/sh
# The command line, as curl: sh command-line.sh [SITE]
set -eu
site=${1:-http://127.0.0.1:8080}
export ONEJAR_HOME="${ONEJAR_HOME:-./onejar-home}" # leave it out to keep sessions where they belong

onejar fetch --session alice -d 'name=alice' -d 'password=secret' -s -o /dev/null "$site/login" # -d as in curl
onejar fetch --session alice -f -s -w '%{http_code} %{via}\n' -o orders.json "$site/api/orders?page=1"
onejar fetch --session alice -s -i "$site/items/1" | head -1   # the browser passes the challenge
onejar sessions show alice                                     # values are masked
onejar export alice --format netscape > cookies.txt            # for curl -b cookies.txt
curl -s -b cookies.txt -o /dev/null -w 'curl: %{http_code}\n' "$site/account"
onejar sessions rm alice
