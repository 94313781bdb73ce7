"""Every query of docs/MLFLOW.md finds something, and not everything, in the store of a real sweep."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.__main__ import main

PAGE = Path(__file__).resolve().parents[3] / "docs/MLFLOW.md"
SWEEP = (
    "+experiment=antislop_sweep",
    "model=inkling_500k",
    "strategy=plain,antislop,antislop/soft",
    "dataset.limit=6",
    "decoding.max_new_tokens=60",
)
ALL = 7  # three strategies at two temperatures, and their sweep

pytestmark = pytest.mark.slow


def queries() -> list[str]:
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return block.splitlines()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[MlflowClient]:
    folder = tmp_path_factory.mktemp("queries")
    shutil.copy(empty_database, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["harness", *SWEEP, f"tracking.uri={uri}"])
        assert main() == 0
        yield MlflowClient(uri)


@pytest.mark.parametrize("query", queries())
def test_the_pages_query_finds_what_it_asks_for(query: str, store: MlflowClient) -> None:
    experiment = store.get_experiment_by_name("antislop_sweep")
    found = store.search_runs([experiment.experiment_id], query)
    assert 0 < len(found) <= ALL
    everything = store.search_runs([experiment.experiment_id])
    assert len(everything) == ALL
    if "dataset." not in query:  # the sweep has read what its jobs have
        assert len(found) < ALL
