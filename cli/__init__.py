"""The `regclean` command: starts and checks both rooms; the only place that may import both."""
