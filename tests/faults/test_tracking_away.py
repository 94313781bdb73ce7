"""MLflow away: a real server that is down, silent, killed or late. Texts and report come, one line says so, and
python -m harness.track logs the rest afterwards, nothing twice.
"""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.config.compose import CONF
from harness.tracking.store import open_store
from tests.harness.tracking.server import Server, held, written

pytestmark = pytest.mark.slow

SWEEP = (
    "experiment_name=away",
    "model=inkling_500k",
    "strategy=plain,antislop",
    "dataset.limit=2",
    "decoding.max_new_tokens=30",
)
LONG = ("dataset.limit=40", "decoding.max_new_tokens=100", "batch_size=2")
WARNING = "warning: tracking failed ("


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    open_store(None, folder)
    return folder / "mlflow.db"


@pytest.fixture
def server(tmp_path: Path, empty_database: Path) -> Iterator[Server]:
    """Not started yet."""
    server = Server.on(empty_database, tmp_path / "server")
    yield server
    server.kill()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes every connection and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def start(folder: Path, module: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CONF.parent)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def sweep(folder: Path, address: str, *more: str, **environment: str) -> subprocess.Popen[str]:
    return start(folder, "harness", *SWEEP, *more, "tracking=server", f"tracking.uri={address}", **environment)


def folder_of_sweep(folder: Path) -> Path:
    (found,) = folder.glob("reports/away/*/sweep.json")
    return found.parent


def went_on(folder: Path, ended: tuple[int, str, str], texts: int) -> bool:
    """The sweep is whole, and said in one line that it could not be logged."""
    code, out, err = ended
    assert (code, err.count(WARNING), "Traceback" in err) == (0, 1, False), err
    (line,) = [line for line in err.splitlines() if line.startswith(WARNING)]
    assert line.endswith(f"python -m harness.track {folder_of_sweep(folder).relative_to(folder)}")
    jobs = list(folder.glob("runs/away/*/samples.jsonl"))
    assert [path.read_bytes().count(b"\n") for path in jobs] == [texts] * 2
    return "| inkling_500k" in out and (folder_of_sweep(folder) / "report.html").is_file()


def logged(folder: Path, server: Server) -> None:
    """Log it afterwards, twice: all is there, and the second time changed nothing."""
    here = str(folder_of_sweep(folder).relative_to(folder))
    code, out, err = finish(start(folder, "harness.track", here))
    assert (code, err) == (0, "")
    assert out == f"away {folder_of_sweep(folder).name}: 2 of 2 jobs logged, done; {server.address}\n"
    stored, files = held(server.address, "away"), written(server.artifacts)
    assert sorted(run["tags"].get("strategy", "parent") for run in stored.values()) == ["antislop", "parent", "plain"]
    assert {run["info"]["status"] for run in stored.values()} == {"FINISHED"}
    assert all(len(points) == 1 for run in stored.values() for points in run["metrics"].values())
    assert finish(start(folder, "harness.track", here))[0] == 0
    assert held(server.address, "away") == stored
    assert written(server.artifacts) == files


def wait_until(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not there():
        assert process.poll() is None, "the sweep ended too soon"
        time.sleep(0.01)


def is_writing(folder: Path) -> Callable[[], bool]:
    return lambda: any(path.read_bytes().count(b"\n") > 2 for path in folder.glob("runs/away/*/samples.jsonl"))


def test_a_server_that_is_down_at_the_start(server: Server, tmp_path: Path) -> None:
    assert went_on(tmp_path, finish(sweep(tmp_path, server.address)), texts=2)
    code, out, err = finish(start(tmp_path, "harness.track", str(folder_of_sweep(tmp_path))))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("error: tracking failed (")
    server.start()
    logged(tmp_path, server)


def test_a_server_that_takes_the_call_and_says_nothing(server: Server, silent: str, tmp_path: Path) -> None:
    assert went_on(tmp_path, finish(sweep(tmp_path, silent, MLFLOW_HTTP_REQUEST_TIMEOUT="1")), texts=2)
    file = folder_of_sweep(tmp_path) / "sweep.json"
    file.write_text(file.read_text().replace(silent, server.address))
    server.start()
    logged(tmp_path, server)


def test_a_server_that_is_killed_in_the_middle(server: Server, tmp_path: Path) -> None:
    server.start()
    process = sweep(tmp_path, server.address, *LONG)
    wait_until(is_writing(tmp_path), process)
    server.kill()
    assert went_on(tmp_path, finish(process), texts=40)
    server.start()
    (parent,) = held(server.address, "away").values()
    assert parent["info"]["status"] == "RUNNING"
    logged(tmp_path, server)


def test_a_server_that_comes_back_before_the_end(server: Server, tmp_path: Path) -> None:
    """Nobody has missed it: the sweep asks when it starts and when it is done."""
    server.start()
    process = sweep(tmp_path, server.address, *LONG)
    wait_until(is_writing(tmp_path), process)
    process.send_signal(signal.SIGSTOP)  # a starting server takes longer than the rest of this sweep
    server.kill()
    server.start()
    process.send_signal(signal.SIGCONT)
    code, _, err = finish(process)
    assert (code, WARNING in err) == (0, False), err
    stored = held(server.address, "away")
    assert len(stored) == 3
    logged(tmp_path, server)


class Late(http.server.ThreadingHTTPServer):
    """Passes requests on to a server, and keeps the answer to the first `runs/create` until nobody waits for it."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.behind, self.kept = behind, threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class Passing(http.server.BaseHTTPRequestHandler):
    server: Late

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection")}
        asked = urllib.request.Request(self.server.behind + self.path, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                code, said = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            code, said = error.code, error.read()
        if self.path.endswith("runs/create") and not self.server.kept.is_set():
            self.server.kept.set()
            time.sleep(5)
        self.send_response(code)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = pass_on  # noqa: N815 (the names that its base class looks for)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def late(server: Server) -> Iterator[Late]:
    server.start()
    with Late(server.address) as late:
        threading.Thread(target=late.serve_forever, daemon=True).start()
        yield late
        late.shutdown()


def test_a_run_that_was_made_though_nobody_waited_is_found_again(server: Server, late: Late, tmp_path: Path) -> None:
    """A second try after a time-out would make a second run, which stays there for ever."""
    ended = finish(sweep(tmp_path, late.address, MLFLOW_HTTP_REQUEST_TIMEOUT="2"))
    assert late.kept.is_set()
    assert went_on(tmp_path, ended, texts=2)
    assert len(held(server.address, "away")) == 1
    file = folder_of_sweep(tmp_path) / "sweep.json"
    file.write_text(file.read_text().replace(late.address, server.address))
    logged(tmp_path, server)


def test_a_sweep_whose_folder_was_moved_is_logged_from_there(server: Server, tmp_path: Path) -> None:
    """Results are copied from a cluster without a way out to a machine that has one."""
    place, elsewhere = tmp_path / "cluster", tmp_path / "desk"
    place.mkdir()
    assert went_on(place, finish(sweep(place, server.address)), texts=2)
    shutil.move(place, elsewhere)
    server.start()
    logged(elsewhere, server)
