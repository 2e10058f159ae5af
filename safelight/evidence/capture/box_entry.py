"""The first program inside a capture's box. Uses the standard library alone: it runs there as a
file, without this package.

It opens the one port that the browser will know, hands the listening socket out to our proxy (a
socket belongs to the network it was made in, whoever accepts from it), and becomes the browser.
"""

from __future__ import annotations

import os
import socket
import sys

# Where `--remote-debugging-pipe` reads and writes.
_READS, _WRITES = 3, 4


def main() -> None:
    control, commands, answers = (int(text) for text in sys.argv[1:4])
    browser = sys.argv[4:]
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with socket.socket(fileno=control) as parent:
        socket.send_fds(parent, [b"%d" % port], [listener.fileno()])
    listener.close()
    # First out of the way of each other.
    commands, answers = os.dup(commands), os.dup(answers)
    while commands in {_READS, _WRITES}:
        commands = os.dup(commands)
    while answers in {_READS, _WRITES}:
        answers = os.dup(answers)
    os.dup2(commands, _READS)
    os.dup2(answers, _WRITES)
    browser.append(f"--proxy-server=http://127.0.0.1:{port}")
    os.execv(browser[0], browser)  # noqa: S606  # nosec B606  # its command line is ours


if __name__ == "__main__":
    main()
