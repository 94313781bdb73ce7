"""The contracts of backends and strategies as checks to be called on any implementation; each raises AssertionError
with the fault in its message. `test_lying_*.py` show that they catch who breaks them."""

from tests.contracts.backend import check_backend
from tests.contracts.strategy import check_strategy

__all__ = ["check_backend", "check_strategy"]
