"""The two ways to ask: a line to a process for a line of its own, and HTTP for an answer with status 200."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import io
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, cast
from urllib.parse import urlsplit

from sluice.adapters.serving.watching import Failed, NotThere, Watch

MAX_ANSWER_BYTES = 16 * 2**20
_PIECE_BYTES = 1 << 16
_CONNECT_S = 1.0
_UNAVAILABLE = 503


class Channel(Protocol):
    """Asks one request, given as the JSON list of its rows; raises ``Failed``."""

    def ask(self, body: bytes, until: float) -> bytes: ...

    def may_come(self) -> bool: ...


class Lines:
    """Standard input and output of a process; it answers each line with one of its own, and says nothing else there."""

    def __init__(self, watch: Watch) -> None:
        if watch.process is None or watch.process.stdin is None or watch.process.stdout is None:
            raise AssertionError("a process without pipes cannot be asked")
        self._watch = watch
        self._to, self._from = watch.process.stdin.fileno(), watch.process.stdout.fileno()
        for descriptor in (self._to, self._from):
            fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_NONBLOCK)

    def ask(self, body: bytes, until: float) -> bytes:
        """The answer's line. Raises ``Failed`` for what was written before it was asked for, too."""
        with contextlib.suppress(BlockingIOError):
            early = os.read(self._from, 1)
            raise Failed("was answered before it was sent" if early else self._gone())
        self._send(body + b"\n", until)
        heard = bytearray()
        while not heard.endswith(b"\n"):
            try:
                piece = os.read(self._from, _PIECE_BYTES)
            except BlockingIOError:
                self._watch.wait(self._from, until)
                continue
            if not piece:
                raise Failed(self._gone())
            heard += piece
            if len(heard) > MAX_ANSWER_BYTES:
                raise Failed("was answered by more than can be read")
            if b"\n" in heard[:-1]:
                raise Failed("was answered by more than one line")
        return bytes(heard)

    def look(self) -> None:
        """Take the memory of the process, where that was not just done; raises ``Failed`` where it is too much."""
        self._watch.look(now=False)

    def may_come(self) -> bool:
        """A process that has closed its pipes opens them no more."""
        return False

    def _send(self, line: bytes, until: float) -> None:
        left = memoryview(line)
        while left:
            try:
                left = left[os.write(self._to, left) :]
            except BlockingIOError:
                self._watch.wait(self._to, until, write=True)
            except BrokenPipeError:
                raise Failed(self._gone()) from None

    def _gone(self) -> str:
        return f"was not answered{self._watch.end() or ', the process has closed its output'}"


class Http:
    """An endpoint of this machine; every request has a connection of its own, and no proxy or redirect is followed."""

    def __init__(self, url: str, watch: Watch) -> None:
        parts = urlsplit(url)
        if parts.hostname is None or parts.port is None:
            raise AssertionError("the rules of the configuration want a host and a port")
        # Names are not looked up: the answer might be another machine.
        self.address = ("127.0.0.1" if parts.hostname == "localhost" else parts.hostname, parts.port)
        self._watch = watch
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            "Accept: application/json\r\nConnection: close\r\nContent-Length: "
        ).encode("ascii")

    def is_there(self) -> bool:
        """Whether anything listens."""
        with contextlib.suppress(OSError), socket.create_connection(self.address, timeout=_CONNECT_S):
            return True
        return False

    def may_come(self) -> bool:
        """Whether what does not listen yet may do so later: as long as any of its processes lives."""
        return self._watch.process is None or bool(self._watch.tree.members())

    def ask(self, body: bytes, until: float) -> bytes:
        """The body of an answer with status 200; ``NotThere`` where nothing listens, or says that it is not ready."""
        body = b'{"dataframe_records": ' + body + b"}"
        with self._connected() as connection:
            left = memoryview(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
            try:
                while left:
                    self._watch.wait(connection.fileno(), until, write=True)
                    left = left[connection.send(left) :]
                heard = self._heard(connection, until)
            except OSError as error:
                raise NotThere(f"was not answered: {error.strerror}{self._watch.end()}") from None
        return _body(heard)

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        try:
            connection = socket.create_connection(self.address, timeout=_CONNECT_S)
        except OSError as error:
            said = error.strerror or "nothing listens there"
            raise NotThere(f"could not be sent: {said}{self._watch.end()}") from None
        with connection:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield connection

    def _heard(self, connection: socket.socket, until: float) -> bytes:
        heard = bytearray()
        while True:
            self._watch.wait(connection.fileno(), until)
            piece = connection.recv(_PIECE_BYTES)
            if not piece:
                return bytes(heard)
            heard += piece
            if len(heard) > MAX_ANSWER_BYTES:
                raise Failed("was answered by more than can be read")


class _Heard:
    """What was received, as the standard library's reader of answers takes it."""

    def __init__(self, heard: bytes) -> None:
        self._heard = heard

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._heard)


def _body(heard: bytes) -> bytes:
    if not heard:
        raise NotThere("was not answered: the endpoint closed the connection")
    response = http.client.HTTPResponse(cast("socket.socket", _Heard(heard)), method="POST")
    try:
        response.begin()
        found = response.read()
    except (http.client.HTTPException, ValueError, OSError):
        raise Failed("was answered by what is no whole HTTP response") from None
    if response.status == _UNAVAILABLE:
        raise NotThere("was answered with status 503")
    if response.status != http.client.OK:
        raise Failed(f"was answered with status {response.status}")
    return found
