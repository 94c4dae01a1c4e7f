"""Snapshots of what each release wrote into Redis, and tests that the present code takes them up."""
