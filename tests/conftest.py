"""Shared by all tests: one thread per process, so that two pytest workers do not fight over two cores."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A deadline would assert a timing: a busy machine must not fail a test.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")
