"""python -m harness.lm_eval …: the command line of lm_eval 0.4, with the model "backtrack" added.

    python -m harness.lm_eval run --model backtrack --tasks gsm8k \
        --model_args model=hf model.name=google/gemma-3-1b-it strategy=antislop phrases=my_phrases.txt

`--model_args` takes the settings of `python -m harness`, one job's. lm_eval has no entry points for models of others,
so it is this command, or `import harness.lm_eval` before `lm_eval.simple_evaluate(model="backtrack", …)`.
"""

from __future__ import annotations

import sys

from harness.errors import InputError

WRONG_INPUT = 2


def main() -> int:
    """Run lm_eval's command line; returns the exit code."""
    try:
        from lm_eval.__main__ import cli_evaluate

        import harness.lm_eval  # noqa: F401  registers the model
    except ModuleNotFoundError as error:
        print(f"error: {error.name} is not installed; pip install 'backtrack-harness[lm-eval]'", file=sys.stderr)
        return WRONG_INPUT
    try:
        cli_evaluate()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
