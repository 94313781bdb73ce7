"""The research harness: run strategies over models and parameters, score what they wrote, report it with error bars."""

from harness.frames import load

__all__ = ["load"]
