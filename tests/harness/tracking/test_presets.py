"""conf/tracking: what the presets make of the environment and the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.config.settings import Settings
from harness.errors import InputError

Settle = Callable[..., Settings]
SERVER = "http://mlflow.example:5000"


def test_the_server_is_found_in_the_environment(settings: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", SERVER)
    assert settings("tracking=server").tracking.uri == SERVER
    assert settings("tracking=server", "tracking.uri=http://other:1").tracking.uri == "http://other:1"


def test_the_command_line_may_name_it_instead(settings: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert settings("tracking=server", f"tracking.uri={SERVER}").tracking.uri == SERVER


def test_a_server_that_nobody_names_is_one_line(settings: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    """A default would send the runs of a cluster's workers to as many local files."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(InputError, match="'MLFLOW_TRACKING_URI' not found") as caught:
        settings("tracking=server")
    assert "\n" not in str(caught.value)


def test_an_empty_address_is_no_local_database(settings: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLFLOW_TRACKING_URI= in a job's script: its runs would end in a file on the node."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    with pytest.raises(InputError, match=r"tracking\.uri='': is empty"):
        settings("tracking=server")


def test_the_environment_moves_no_sweep_that_did_not_ask_for_it(
    settings: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tracking=mlflow promises a database in the current folder."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", SERVER)
    assert settings("tracking=mlflow").tracking.uri is None
