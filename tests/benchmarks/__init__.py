"""Benchmarks: each a module to run with `python -m`. One BLAS thread, set before NumPy loads."""

from nnsim.engine.threads import start_with_one

start_with_one()
