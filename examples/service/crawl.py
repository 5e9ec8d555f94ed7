"""Fetches a page in a session twice, and shows what the session then holds: python3 crawl.py https://shop.example/"""

import os
import sys

from onejar import Onejar, Problem

onejar = Onejar(os.environ.get("ONEJAR_URL", "http://localhost:7411"), os.environ.get("ONEJAR_TOKEN"))
url = sys.argv[1]
try:
    for attempt in (1, 2):
        response = onejar.fetch(session="alice", url=url, extract={"title": "h1"})
        print(response["status"], response["via"], response["text"])
    for cookie in onejar.getCookies(id="alice", url=url)["cookies"]:
        print(cookie["name"], cookie["domain"], cookie["valueBytes"])
except Problem as problem:
    sys.exit(f"{problem} (retry after {problem.retry_after_ms} ms)" if problem.retry_after_ms else str(problem))
