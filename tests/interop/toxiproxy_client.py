"""Drives a chaos proxy with toxiproxy's Python client, against an echo server.

Argument: the control port. Prints what does not hold, and "N passed, M failed".
"""
import socket
import socketserver
import sys
import threading
import time

from toxiproxy import Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

passed = failed = 0


def check(name, holds):
    global passed, failed
    passed += bool(holds)
    failed += not holds
    if not holds:
        print("FAILED " + name)


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while True:
                data = self.request.recv(65536)
                if not data:
                    return
                self.request.sendall(data)
        except OSError:
            pass  # the proxy broke it


def echo(address, data):
    """What comes back, and after how many seconds; None where it is broken off."""
    host, port = address.rsplit(":", 1)
    got = b""
    start = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=20) as s:
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                got += piece
        except TimeoutError:
            raise
        except OSError:  # a reset, seen by whichever call comes next
            return None, time.monotonic() - start
    return got, time.monotonic() - start


def fails_with(kind, action):
    try:
        action()
    except kind:
        return True
    return False


def toxics_of_the_client(proxy):
    rows = {
        "latency": {"latency": 300, "jitter": 0},
        "bandwidth": {"rate": 1000},
        "slow_close": {"delay": 100},
        "timeout": {"timeout": 200},
        "reset_peer": {"timeout": 0},
        "slicer": {"average_size": 64, "size_variation": 32, "delay": 10},
        "limit_data": {"bytes": 1000},
    }
    data = bytes(range(256)) * 16
    for kind, attributes in rows.items():
        for stream in ("downstream", "upstream"):
            name = "%s_%s" % (kind, stream)
            proxy.add_toxic(type=kind, stream=stream, attributes=attributes)
            toxic = proxy.get_toxic(name)
            check(name + " is listed", toxic and toxic.attributes == attributes
                  and toxic.stream == stream and toxic.toxicity == 1)
            got, seconds = echo(proxy.listen, data)
            if kind == "limit_data":
                check(name, got == data[:1000] or (stream == "upstream" and got is not None
                                                   and data.startswith(got)))
            elif kind == "timeout":
                check(name, got == b"" and seconds >= 0.2)
            elif kind == "reset_peer":
                check(name, got is None)
            else:
                check(name, got == data)
            if kind == "latency":
                check(name + " takes its time", seconds >= 0.3)
            check(name + " goes", proxy.destroy_toxic(name))
    check("none is left", proxy.toxics() == {})


def main():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = "127.0.0.1:%d" % server.server_address[1]
    client = Toxiproxy()
    client.update_api_consumer("127.0.0.1", int(sys.argv[1]))
    check("it runs", client.running())
    check("its version", b'"version":"2.' in client.version())
    proxy = client.create(upstream=upstream, name="echo")
    check("it is listed", client.get_proxy("echo").upstream == upstream)
    check("once", fails_with(ProxyExists, lambda: client.create(upstream=upstream, name="echo")))
    check("it echoes", echo(proxy.listen, b"hello")[0] == b"hello")
    toxics_of_the_client(proxy)
    check("no such toxic", fails_with(InvalidToxic, lambda: proxy.add_toxic(type="explode")))
    check("not found", fails_with(NotFound, lambda: proxy.destroy_toxic("none")))
    with proxy.down():
        check("down", fails_with(OSError, lambda: echo(proxy.listen, b"x")))
        check("it says so", client.get_proxy("echo").enabled is False)
    check("up again", echo(proxy.listen, b"y")[0] == b"y")
    proxy.add_toxic(type="timeout")
    proxy.disable()
    check("reset", client.reset() and client.get_proxy("echo").enabled is True)
    check("no toxics", proxy.toxics() == {} and echo(proxy.listen, b"z")[0] == b"z")
    made = client.populate([{"name": "one", "upstream": upstream}, {"name": "two", "upstream": upstream}])
    check("populate", len(made) == 2 and sorted(client.proxies()) == ["echo", "one", "two"])
    client.destroy_all()
    check("destroy all", client.proxies() == {})
    print("%d passed, %d failed" % (passed, failed))


main()
