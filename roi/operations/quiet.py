"""Silence for a solver that prints: HiGHS 1.12 has a line of its own debugging that no option turns off."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

OUTPUT = 1


@contextmanager
def no_output() -> Iterator[None]:
    """What compiled code writes to standard output goes nowhere; logs go to standard error and stay.

    Of the whole process, and so for a worker that does one thing at a time. C keeps what it prints in a buffer of its
    own, which is emptied on both sides.
    """
    _flush()
    kept, nowhere = os.dup(OUTPUT), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, OUTPUT)
    try:
        yield
    finally:
        _flush()
        os.dup2(kept, OUTPUT)
        os.close(kept)
        os.close(nowhere)


def _flush() -> None:
    sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)
