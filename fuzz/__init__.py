"""Fuzz: every parser of what others wrote, tried with inputs that coverage guides; see docs/fuzzing.md."""
