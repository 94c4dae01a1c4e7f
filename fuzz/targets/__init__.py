"""Targets: one parser, or one family of them, in each file, with the property that must hold."""
