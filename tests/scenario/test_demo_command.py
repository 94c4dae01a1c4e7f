"""`python -m demo` as a newcomer runs it: it says when it is ready, and Ctrl-C leaves no process behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest


def left_behind(folder: Path) -> Sequence[str]:
    """Command lines of running processes that name the demo's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for temporary files whose name leaves room for a socket's in it, which may have 107 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("when", ["ready", "starting"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_is_ready_and_leaves_nothing_behind(short_path: Path, number: signal.Signals, when: str) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "demo", "--port", "0"],
        env=dict(os.environ) | {"TMPDIR": str(short_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout
    assert demo.stderr
    try:
        if when == "ready":
            line = demo.stdout.readline()
            assert line.startswith("ready: "), demo.stderr.read()
            page = httpx.get(line.removeprefix("ready: ").strip(), trust_env=False)
            assert page.status_code == 200
            assert "Demo workspace" in page.text
        else:
            while not left_behind(short_path):
                time.sleep(0.05)
        demo.send_signal(number)
        assert demo.wait(30) == 0
    finally:
        demo.kill()
        demo.wait()
        demo.stdout.close()
        said = demo.stderr.read()
        demo.stderr.close()
    assert said == ""
    deadline = time.monotonic() + 5
    while left_behind(short_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind(short_path) == []
    assert list(short_path.iterdir()) == []


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "demo", "--port", str(port)], capture_output=True, text=True, timeout=60, check=False
        )
    said = f"Port {port} is taken; choose another one: .venv/bin/python -m demo --port 0\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)


def test_when_regclean_does_not_start_the_demo_says_why(short_path: Path) -> None:
    long = short_path / ("x" * 90)
    long.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "demo", "--port", "0"],
        env=dict(os.environ) | {"TMPDIR": str(long)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "is too long a name for a socket in it; choose a shorter --data-dir." in ran.stderr
