"""What a database's address may not tell."""

import pytest

from harness.uri import without_password


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:s3cret@db.example:5432/mlflow", "postgresql://me:***@db.example:5432/mlflow"),
        ("tracking.uri=postgresql+psycopg2://me:p@ss:w@db/x", "tracking.uri=postgresql+psycopg2://me:***@db/x"),
        ("http://:token@host", "http://:***@host"),
        ("mysql://db/x?user=me&password=s3cret&ssl=1", "mysql://db/x?user=me&password=***&ssl=1"),
        ("(postgresql://a:b@c/d) and (postgresql://e:f@g/h)", "(postgresql://a:***@c/d) and (postgresql://e:***@g/h)"),
    ],
)
def test_a_password_is_hidden(address: str, shown: str) -> None:
    assert without_password(address) == shown
    assert without_password(shown) == shown


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:5000",
        "sqlite:////tmp/a@b/mlflow.db",
        "http://[::1]:5000/x@y",
        "postgresql://me@db/x",
        "see http://a:80/b and mail c@d",
    ],
)
def test_an_address_without_one_is_left_alone(address: str) -> None:
    assert without_password(address) == address
