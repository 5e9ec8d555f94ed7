"""A client for `onejar serve`, made from its openapi.json: one method for each operation. Python 3.8 and no packages.

    onejar = Onejar("http://localhost:7411", token=None)
    onejar.fetch(session="alice", url="https://shop.example/")["text"]
    onejar.getCookies(id="alice", reveal="1")["cookies"]
"""

import json
import urllib.error
import urllib.parse
import urllib.request


class Problem(Exception):
    """What the service answers when something went wrong; `problem.code` is what to go by."""

    def __init__(self, body):
        super().__init__(f"{body['code']}: {body['detail']}")
        self.code = body["code"]
        self.status = body["status"]
        self.retry_after_ms = body.get("retryAfterMs")


class Onejar:
    def __init__(self, url, token=None, timeout=120):
        self.url, self.token, self.timeout = url.rstrip("/"), token, timeout
        self.description = self._send("GET", "/openapi.json")
        self.operations = {}
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                self.operations[operation["operationId"]] = (method.upper(), path, operation)

    def __getattr__(self, name):
        if name not in self.operations:
            raise AttributeError(name)
        return lambda **given: self._call(*self.operations[name], given)

    def _call(self, method, path, operation, given):
        query = {}
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if name not in given:
                if parameter["required"]:
                    raise TypeError(f"{operation['operationId']} needs {name}")
            elif parameter["in"] == "path":
                path = path.replace("{%s}" % name, urllib.parse.quote(given.pop(name), safe=""))
            else:
                query[name] = given.pop(name)
        if query:
            path += "?" + urllib.parse.urlencode(query)
        body = given if "requestBody" in operation else None
        if body is None and given:
            raise TypeError(f"{operation['operationId']} takes no {', '.join(given)}")
        content = operation["responses"].get("200", {}).get("content", {})
        return self._send(method, path, body, streams="text/event-stream" in content)

    def _send(self, method, path, body=None, streams=False):
        request = urllib.request.Request(self.url + path, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        try:
            response = urllib.request.urlopen(request, data, self.timeout)
        except urllib.error.HTTPError as error:
            raise Problem(json.load(error)) from None
        if streams:
            return _events(response)
        with response:
            content = response.read()
            is_json = response.headers.get_content_type() == "application/json"
        if not content:
            return None
        return json.loads(content) if is_json else content.decode()


def _events(response):
    """The events of a stream, as they come. The first thing that it gives is None: it listens from then on."""
    with response:
        for line in response:
            if line.startswith(b": listening"):
                yield None
            elif line.startswith(b"data: "):
                yield json.loads(line[6:])
