# SPDX-License-Identifier: MIT
"""Runs a program on a terminal and types: terminal.py [WAIT TYPE]... -- PROGRAM [ARGUMENT]...

Waits for a text, types another one, and so on. What the terminal gets goes to standard output;
the exit code is the program's, 97 when a text did not come in time.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

SECONDS, COLUMNS, ROWS = 30, 80, 24


def start(program):
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(program[0], program)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    return child, terminal


def read(terminal, until):
    """What came until then, b"" when nothing will come any more, None when nothing came in time."""
    if not select.select([terminal], [], [], max(until - time.monotonic(), 0))[0]:
        return None
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def talk(terminal, steps):
    """Waits and types; True when every text came."""
    got, until = b"", time.monotonic() + SECONDS
    while True:
        while steps and steps[0][0] in got:
            wait, answer = steps.pop(0)
            got = got[got.index(wait) + len(wait):]
            os.write(terminal, answer)
        part = read(terminal, until)
        if not part:
            return part == b"" and not steps
        sys.stdout.buffer.write(part)
        got += part


def main():
    at = sys.argv.index("--")
    words = [os.fsencode(word) for word in sys.argv[1:at]]
    child, terminal = start(sys.argv[at + 1:])
    well = talk(terminal, list(zip(words[::2], words[1::2])))
    if not well:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(status) % 256 if well else 97)


main()
