"""Between a client and a server: passes everything on, and cuts when told to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MOMENT = 0.3
"""Seconds in which a server has done what it was sent."""


class Cutting:
    """Cuts a connection, once, when the client sends *after*."""

    def __init__(self) -> None:
        self.after: bytes | None = None
        self.delivers = True
        """Does the server still get it?"""

        self.cuts = 0
        self._decides = threading.Lock()

    def cuts_at(self, sent: bytes) -> bool:
        with self._decides:
            if self.after is None or self.after not in sent:
                return False
            self.after = None
            self.cuts += 1
            return True


@contextmanager
def between(port: int) -> Iterator[tuple[Cutting, int]]:
    """Stand before the server at *port*; gives the port to go to instead."""
    cutting = Cutting()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, port, cutting))
        accepting.start()
        try:
            yield cutting, listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(timeout=20)


def _accept(listener: socket.socket, port: int, cutting: Cutting) -> None:
    threads = []
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            for work in (
                threading.Thread(target=_there, args=(client, server, cutting)),
                threading.Thread(target=_back, args=(server, client)),
            ):
                work.start()
                threads.append(work)
    for thread in threads:
        thread.join(timeout=20)


def _there(client: socket.socket, server: socket.socket, cutting: Cutting) -> None:
    with suppress(OSError):
        while sent := client.recv(1 << 16):
            if cutting.cuts_at(sent):
                _hang_up(client)
                if cutting.delivers:
                    server.sendall(sent)
                    time.sleep(_MOMENT)
                break
            server.sendall(sent)
    _hang_up(server)


def _back(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while answered := server.recv(1 << 16):
            client.sendall(answered)
    _hang_up(client)
    client.close()
    server.close()


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
