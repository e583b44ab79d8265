"""Whether the process that wrote a lock file has ended."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from digo.project.locks import is_gone

HERE = socket.gethostname()


def test_a_process_of_this_host_is_there_until_it_ends() -> None:
    assert not is_gone(HERE, os.getpid())
    assert is_gone(HERE, 2**22 + 1)
    assert not is_gone("another host", 2**22 + 1)


@pytest.mark.needs("linux")
def test_a_process_that_nobody_asked_how_it_ended_is_gone() -> None:
    with subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        os.kill(ended.pid, 0)  # the system still knows it
        assert is_gone(HERE, ended.pid)
