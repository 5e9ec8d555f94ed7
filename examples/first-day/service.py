"""The service from Python, without packages: python3 service.py [SITE]"""

import json
import os
import sys
import urllib.error
import urllib.request

service = os.environ.get("ONEJAR_URL", "http://localhost:7411")
site = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"


def ask(path, body=None, method=None):
    request = urllib.request.Request(service + path, method=method or ("POST" if body else "GET"))
    if body:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, json.dumps(body).encode() if body else None, 120) as response:
            return json.loads(response.read() or "null")
    except urllib.error.HTTPError as error:
        problem = json.load(error)  # code, detail, advice: see docs/service.md
        sys.exit(f"{problem['code']}: {problem['detail']}")


for number in (1, 2):
    answer = ask("/v1/fetch", {"session": "alice", "url": f"{site}/items/{number}", "extract": {"title": "h1"}})
    print(answer["status"], answer["via"], answer["text"])
for cookie in ask("/v1/sessions/alice/cookies")["cookies"]:
    print(cookie["name"], cookie["domain"])
ask("/v1/sessions/alice", method="DELETE")
