"""See a text being written and taken back: `python -m harness.watch`."""
