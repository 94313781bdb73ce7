"""python -m harness.serve [model=…] [strategy=…] [KEY=VALUE]: an OpenAI-compatible server under a strategy.

    python -m harness.serve model=hf model.name=google/gemma-3-1b-it strategy=antislop phrases=my_phrases.txt
    curl http://127.0.0.1:8080/v1/completions -H 'Content-Type: application/json' \\
        -d '{"model": "backtrack", "prompt": "The ferry was late again.", "max_tokens": 60, "stream": true}'

Takes the settings of `python -m harness`; a request may name another strategy, with its options, in its field
`backtrack`. Text is streamed once it has settled. The environment's BACKTRACK_API_KEY, if set, is asked of clients.

Exit codes: 130 or 143 ended by a signal, 1 failed, 2 wrong input.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence

from harness.errors import InputError, one_line

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130
SHUTDOWN_SECONDS = 5  # for answers under way when a signal comes


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; returns the exit code."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        return _serve(options)
    except ModuleNotFoundError as error:
        print(f"error: {error.name} is not installed; pip install 'backtrack-harness[serve]'", file=sys.stderr)
        return WRONG_INPUT
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # a model of anybody
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"failed: {type(error).__name__}: {one_line(error)}", file=sys.stderr)
        return FAILED


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from harness.serve.app import make_app
    from harness.serve.kitchen import open_kitchen
    from harness.serve.settings import ServeSettings

    kitchen = open_kitchen(options.overrides)
    settings = ServeSettings(
        host=options.host,
        port=options.port,
        api_key=os.environ.get("BACKTRACK_API_KEY"),
        batch_size=kitchen.job.settings.batch_size,
        max_texts=options.max_texts,
        max_body=options.max_body,
    )
    if not settings.is_local and settings.api_key is None:
        print(f"warning: everybody who reaches {settings.host} may ask; set BACKTRACK_API_KEY", file=sys.stderr)
    config = uvicorn.Config(
        make_app(kitchen, settings),
        log_level="warning" if options.quiet else "info",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        server_header=False,
    )
    with _listening(settings.host, settings.port) as listening:
        host, port, *_ = listening.getsockname()
        print(
            f"{kitchen.job.label} on {kitchen.job.source.label} at http://{host}:{port}/v1; Ctrl-C ends it", flush=True
        )
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    """Raise InputError where the address cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError("--port", f"{host}:{port}", f"cannot be listened on: {error.strerror}") from None


def _parser() -> argparse.ArgumentParser:
    about, _, more = str(__doc__).partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m harness.serve",
        description=about.partition(": ")[2].capitalize(),
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="settings, e.g. strategy=antislop seed=3")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8080, help="default: 8080; 0: any that is free")
    parser.add_argument("--max-texts", type=int, default=256, help="written or waiting at once (default: 256)")
    parser.add_argument("--max-body", type=int, default=1 << 20, metavar="BYTES", help="of a request (default: 1 MiB)")
    parser.add_argument("--quiet", action="store_true", help="no line for each request")
    return parser


if __name__ == "__main__":
    sys.exit(main())
