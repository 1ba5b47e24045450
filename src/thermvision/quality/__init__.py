"""Measured checks of thermal faces: what is physically implausible, leaked or painted; see `check.py` for the list."""
