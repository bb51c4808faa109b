"""A store that speaks enough S3 for a test: it checks every signature by itself.

    s3.py PORT_FILE FOLDER SECRET

PUT only. A wrong signature is 403, an object that is there already 412.
"""
import hashlib
import hmac
import http.server
import os
import sys
import urllib.parse

PORT_FILE, FOLDER, SECRET = sys.argv[1:4]


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(method, target, headers, authorization):
    """AWS Signature Version 4, from its specification."""
    parts = dict(p.strip().split("=", 1) for p in authorization.split(" ", 1)[1].split(","))
    scope = parts["Credential"].split("/", 1)[1]
    date, region, service, _ = scope.split("/")
    names = parts["SignedHeaders"].split(";")
    url = urllib.parse.urlsplit(target)
    canonical = "\n".join(
        [method, urllib.parse.quote(url.path, safe="/-_.~"), url.query]
        + [f"{n}:{' '.join(headers[n].split())}" for n in names]
        + ["", ";".join(names), headers["x-amz-content-sha256"]])
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for word in (date, region, service, "aws4_request"):
        key = sign(key, word)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), parts["Signature"], names


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {k.lower(): v for k, v in self.headers.items()}
        expected, got, names = signature("PUT", self.path, headers, headers.get("authorization", "x a=b"))
        if expected != got or "host" not in names or headers["x-amz-content-sha256"] != "UNSIGNED-PAYLOAD":
            return self.answer(403, "<Code>SignatureDoesNotMatch</Code>")
        path = os.path.join(FOLDER, self.path.lstrip("/"))
        if os.path.exists(path) and headers.get("if-none-match") == "*":
            return self.answer(412, "<Code>PreconditionFailed</Code>")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(body)
        with open(os.path.join(FOLDER, "order"), "a") as f:
            print(self.path, headers.get("x-amz-security-token", "-"), file=f)
        return self.answer(200)

    def log_message(self, *ignored):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
with open(PORT_FILE + ".new", "w") as f:
    print(server.server_address[1], file=f)
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
