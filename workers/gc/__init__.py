"""Ways to run a registry's garbage collection."""
