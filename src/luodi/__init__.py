"""Luodi 落地: a county's drive to win investment and to get projects built, with rules that cannot be skipped."""

__version__ = "0.1.0"
