"""The endpoints: /v1/models, /v1/completions, /v1/chat/completions, /health."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from harness.serve.counter import Counter, FullError, finished
from harness.serve.gate import Gate, SizeLimit
from harness.serve.order import Kitchen, Order
from harness.serve.refusals import ApiError, no_such_model, refusal, server_fault
from harness.serve.reply import ChatVoice, Json, Voice
from harness.serve.settings import ServeSettings
from harness.serve.wire import ChatAsked, CompletionAsked
from harness.serve.writer import Writer
from sampler import Generation

ALIAS = "backtrack"  # for clients that want a name before they have asked for one


def make_app(kitchen: Kitchen, settings: ServeSettings) -> FastAPI:
    """The application; its writer works from start-up to shut-down."""
    label = kitchen.job.source.label

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        writer = Writer(kitchen.backend, settings.batch_size)
        app.state.counter = Counter(writer, settings.max_texts)
        try:
            yield
        finally:
            await asyncio.to_thread(writer.close)

    app = FastAPI(title="backtrack-harness", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(SizeLimit, most=settings.max_body)
    if settings.is_local:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]", settings.host])
    gate = Depends(Gate(settings.api_key))

    @app.get("/health")
    async def health() -> Json:
        return {"status": "ok", "model": label, "texts": app.state.counter.open}

    @app.get("/v1/models", dependencies=[gate])
    async def models() -> Json:
        return {"object": "list", "data": [{"id": label, "object": "model", "created": 0, "owned_by": "local"}]}

    @app.post("/v1/completions", dependencies=[gate], response_model=None)
    async def completions(asked: CompletionAsked, request: Request) -> Response:
        return await answer(asked, request, Voice)

    @app.post("/v1/chat/completions", dependencies=[gate], response_model=None)
    async def chat(asked: ChatAsked, request: Request) -> Response:
        return await answer(asked, request, ChatVoice)

    async def answer(asked: CompletionAsked | ChatAsked, request: Request, kind: type[Voice]) -> Response:
        if asked.model not in (label, ALIAS):
            raise no_such_model(asked.model, label)
        order = await asyncio.to_thread(kitchen.order, asked)  # building a list's automaton takes its time
        voice = kind(asked.model, order, kitchen.backend.vocab, asked.wants_logprobs)
        if asked.stream:
            usage = asked.stream_options is not None and asked.stream_options.include_usage
            return await streamed(app.state.counter, order, voice, usage)
        done = await whole(app.state.counter, order, request)
        return JSONResponse(voice.whole(done))

    for error in (ApiError, RequestValidationError, HTTPException, ValueError, TypeError, FullError):
        app.add_exception_handler(error, refusal)
    app.add_exception_handler(Exception, server_fault)
    return app


async def whole(counter: Counter, order: Order, request: Request) -> Sequence[Generation]:
    """All texts, unless the client goes first: then they are given up."""
    async with counter.pieces(order) as pieces:
        work = asyncio.ensure_future(finished(pieces, len(order.requests)))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ApiError(499, "the client has gone", "client_closed_request")
            return await work
        finally:
            work.cancel()
            gone.cancel()


async def _gone(request: Request) -> None:
    """The body has been read: what comes next is the end of the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def streamed(counter: Counter, order: Order, voice: Voice, with_usage: bool) -> Response:
    """Server-sent events, each with text that has settled. Raise FullError before the first of them."""
    texts = counter.pieces(order)
    pieces = await texts.__aenter__()

    async def events() -> AsyncIterator[str]:
        given, done = dict.fromkeys(range(len(order.requests)), 0), {}
        try:
            async for index, piece in pieces:
                yield _event(voice.chunk(index, piece, given[index]))
                given[index] += len(piece.text)
                if piece.generation is not None:
                    done[index] = piece.generation
            if with_usage:
                yield _event(voice.last(list(done.values())))
            yield "data: [DONE]\n\n"
        except Exception as error:  # the status has been sent: what is left is to say it in the stream
            yield _event({"error": {"message": str(error), "type": "server_error", "param": None, "code": None}})
        finally:
            await texts.__aexit__(None, None, None)

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


def _event(content: Json) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"
