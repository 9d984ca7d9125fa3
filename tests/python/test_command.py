"""The command `tidemarc`, through the console script's function. Its own tests are in Rust."""

import signal
import subprocess
import time
from pathlib import Path

import tidemarc
from shared.command import command, run

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def test_arguments_pass_through_and_the_status_comes_back():
    version = run("--version")
    assert (version.returncode, version.stdout) == (0, f"tidemarc {tidemarc.__version__}\n")
    count = run("count", "--bare", FIXTURES / "books.mrc")
    assert (count.returncode, count.stdout, count.stderr) == (0, "60\n", "")
    assert run("check", FIXTURES / "books-damaged.mrc").returncode == 1
    usage = run("no-such-command")
    assert (usage.returncode, usage.stdout) == (2, "")
    assert "no-such-command" in usage.stderr
    missing = run("count", "no-such-file.mrc")
    assert missing.returncode == 3
    assert missing.stderr == "tidemarc: error: no-such-file.mrc: No such file or directory\n"


def test_a_name_that_is_not_utf8_can_be_read(tmp_path):
    path = bytes(tmp_path) + b"/caf\xe9.mrc"
    with open(path, "wb") as file:
        file.write((FIXTURES / "books.mrc").read_bytes())
    line = [*command("count", "--bare"), path]
    assert subprocess.run(line, capture_output=True, timeout=60).stdout == b"60\n"


def test_ctrl_c_ends_it_without_a_traceback(tmp_path):
    target = tmp_path / "out.mrc"
    target.write_bytes(b"old")
    line = command("cat", "-", "-o", target)
    with subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".tidemarc-*.tmp")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert b"interrupted" in message and b"Traceback" not in message
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.mrc"]


def test_the_package_has_a_console_script():
    from importlib.metadata import entry_points

    [script] = entry_points(group="console_scripts", name="tidemarc")
    assert script.value == "tidemarc._command:main"
