"""What the product promises of its speed, measured: one file for each promise. `make bench` runs them all.

    python -m bench [--only sqlite|postgres]

makes a county in a fresh database (county.py), measures each promise on it, prints the table, and, when both databases
were measured, writes it into docs/benchmarks.md between its markers.
"""
