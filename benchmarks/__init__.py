"""Figures anyone can measure again: each a ratio against a reference in the same run."""
