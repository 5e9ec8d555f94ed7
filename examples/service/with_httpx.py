"""The service with httpx: python3 with_httpx.py https://shop.example/ (apt-get install python3-httpx, or pip install httpx)"""

import os
import sys

import httpx

service = httpx.Client(
    base_url=os.environ.get("ONEJAR_URL", "http://localhost:7411"),
    headers={"Authorization": f"Bearer {os.environ['ONEJAR_TOKEN']}"} if "ONEJAR_TOKEN" in os.environ else {},
    timeout=120,  # a challenge takes its time
)


def ask(method, path, **given):
    response = service.request(method, path, **given)
    if response.is_error:
        problem = response.json()  # application/problem+json: code, detail, advice
        sys.exit(f"{problem['code']}: {problem['detail']}")
    return response.json() if response.content else None


url = sys.argv[1]
answer = ask("POST", "/v1/fetch", json={"session": "alice", "url": url, "extract": {"title": "h1"}})
print(answer["status"], answer["via"], answer["text"])
for cookie in ask("GET", "/v1/sessions/alice/cookies", params={"url": url})["cookies"]:
    print(cookie["name"], cookie["domain"])
with service.stream("GET", "/v1/sessions/alice/events") as events:
    for line in events.iter_lines():  # server-sent events; ": listening" comes first
        print(line.strip())
        break
ask("DELETE", "/v1/sessions/alice")
