"""Shared by all tests: one thread per process, so that two pytest workers do not fight over two cores."""

import os

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A deadline would assert a timing: a busy machine must not fail a test.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With NO_SKIPS=1, as on the integration machine, a test skipped for a missing tool fails the run.

    What no installation brings (a device, the right to mount) begins its reason with "machine: ", and may be missing.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = [report for report in reporter.stats.get("skipped", []) if _is_tool(report)] if reporter else []
    if skipped and os.environ.get("NO_SKIPS") and session.exitstatus == 0:
        for report in skipped:
            reporter.write_line(f"skipped, but NO_SKIPS is set: {report.nodeid}: {report.longrepr[-1]}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_tool(report: pytest.TestReport) -> bool:
    assert isinstance(report.longrepr, tuple)
    return not report.longrepr[2].removeprefix("Skipped: ").startswith("machine: ")
