"""The pictures of the documentation, taken of real pages: python -m experiments.pictures."""
