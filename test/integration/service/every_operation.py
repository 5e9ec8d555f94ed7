"""Calls every operation of a running service through the client of the examples: every_operation.py URL SITE"""

import json
import sys

sys.path.insert(0, sys.argv[3])
from onejar import Onejar, Problem  # noqa: E402

service, site = sys.argv[1:3]
onejar = Onejar(service, token=None)
called = set()


def call(name, /, **given):
    called.add(name)
    return getattr(onejar, name)(**given)


def fails(code, name, /, **given):
    try:
        call(name, **given)
    except Problem as problem:
        assert problem.code == code, problem
    else:
        raise AssertionError(f"{name} did not fail")


stream = call("events")
assert next(stream) is None
assert call("fetch", session="a", url=site)["status"] == 200
event = next(stream)
while event["type"] != "request":
    event = next(stream)
assert event["session"] == {"tenant": "default", "id": "a"}, event
stream.close()
stream = call("sessionEvents", id="a")
assert next(stream) is None
stream.close()

assert call("render", session="a", url=site)["via"] == "page"
call("solve", id="a", url=site)
assert call("classify", url=site, status=429)["verdict"]["kind"] == "rate-limited"
assert call("createSession", id="ü/b")["open"] is True
assert [each["id"] for each in call("listSessions")["sessions"]] == ["a"]
call("releaseSession", id="a")
assert call("getSession", id="a")["cookies"] == 1
fails("NOT_FOUND", "getSession", id="nobody")
assert call("setCookies", id="ü/b", url=site, lines=["b=1"])["results"] == [{"accepted": True}]
assert call("getCookies", id="ü/b", reveal="1")["cookies"][0]["value"] == "1"
call("clearCookies", id="ü/b", name="b")
call("setLocalStorage", id="a", origin=site, items=[{"key": "k", "value": "v"}])
assert call("getLocalStorage", id="a", origin=site, reveal="1")["items"] == [{"key": "k", "value": "v"}]
file = call("exportSession", id="a", format="playwright")["text"]
assert json.loads(file)["cookies"][0]["name"] == "sid"
assert call("importSession", id="copy", text=file)["cookies"] == 1
call("deleteLocalStorage", id="a", origin=site)
call("addTokenBinding", id="a", origin=site, header="x-token", source={"cookie": "sid"})
assert len(call("listTokenBindings", id="a")["bindings"]) == 1
call("removeTokenBinding", id="a", origin=site, header="x-token")
call("setQuarantine", id="a", reason="a test", forMs=60000)
fails("ONEJAR_QUARANTINED", "fetch", session="a", url=site)
assert call("getQuarantine", id="a")["quarantine"]["reason"] == "a test"
call("liftQuarantine", id="a")
assert call("listBlocked", id="a") == {"blocked": []}
fails("NOT_FOUND", "handOver", id="a", url=site)
assert call("unblock", id="a", origin=site) == {"blocked": []}
call("fetch", session="a", url=site + "/fail", deadLetter=True, retry=False)
letter = call("listDeadLetters", id="a")["deadLetters"][0]["id"]
assert call("retryDeadLetter", id="a", letter=letter)["status"] == 503
call("removeDeadLetter", id="a", letter=letter)
assert call("about")["name"] == "onejar"
assert call("health")["status"] == "ok"
assert "session_creation_total" in call("metrics")
assert call("explainProblem", code="NOT_FOUND")["status"] == 404
assert {"tenant": "default", "id": "a", "open": True} in call("listOpenSessions")["sessions"]
report = call("getReport", id="a")["report"]
assert any(request["url"].startswith(site) for request in report["requests"]["items"]), report
assert "sid" in [entry["name"] for entry in call("listEntries", id="a")["entries"]]
assert call("getQueue") == {"queue": False}
assert "inspect" in call("inspect") and call("inspectScript") and call("inspectStyle")
assert call("describe") == onejar.description
call("removeSession", id="a")

missing = sorted(set(onejar.operations) - called)
assert not missing, missing
print(len(called), "operations")
