"""The meaning: pure domain on the standard library only; no I/O, no clock, no log."""
