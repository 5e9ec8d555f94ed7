#!/bin/sh
# What a session holds, for curl and wget: sh export-to-curl.sh SESSION [URL]
set -eu
session=$1
url=${2:-http://127.0.0.1:8080/account}

onejar export "$session" --format netscape > cookies.txt # for its owner only: it has every cookie with its value
curl -s -b cookies.txt -c cookies.txt -o /dev/null -w '%{http_code}\n' "$url"
onejar import "$session" cookies.txt # what curl was given goes back
rm cookies.txt
