"""Errors in the API's shape: one message that names the field and the way out."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from harness.errors import one_line
from harness.serve.counter import FullError

log = logging.getLogger("uvicorn.error")


class ApiError(Exception):
    """An answer that is no text."""

    def __init__(self, status: int, message: str, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


def no_such_model(asked: str, label: str) -> ApiError:
    return ApiError(404, f"model {asked!r} is not served here; there is {label!r}", "model_not_found", "model")


async def refusal(request: Request, error: Exception) -> JSONResponse:
    """What the client can mend."""
    match error:
        case ApiError():
            return _answer(error.status, str(error), error.code, error.param)
        case RequestValidationError():
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"] if part != "body")
            return _answer(HTTPStatus.BAD_REQUEST, f"{place}: {first['msg']}", "invalid_request", place or None)
        case HTTPException():
            return _answer(error.status_code, str(error.detail), "http_error", headers=dict(error.headers or {}))
        case FullError():
            return _answer(HTTPStatus.TOO_MANY_REQUESTS, str(error), "queue_full", headers={"Retry-After": "1"})
    return _answer(HTTPStatus.BAD_REQUEST, one_line(error), "invalid_request")


async def server_fault(request: Request, error: Exception) -> JSONResponse:
    """What it cannot mend."""
    log.error("%s: %s", type(error).__name__, one_line(error))
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {one_line(error)}", "server_error")


def _answer(
    status: int, message: str, code: str, param: str | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    content = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return JSONResponse(content, status, headers)
