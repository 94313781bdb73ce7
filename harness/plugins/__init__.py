"""Strategies that are none of this package's: a file that `imports=` names, or an installed package's entry point.

A file is code, so only the command line may name one. A package is loaded when one of its strategies is asked for, and
not before; one that is broken breaks nothing else.
"""
