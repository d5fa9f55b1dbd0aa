"""The screen. It renders what the debugger knows; all arithmetic lives in the engine."""

from nnsim.tui.app import run

__all__ = ["run"]
