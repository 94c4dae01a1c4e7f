"""A Slack workspace on this machine, with a web page, and sample registries; the tests use the same."""
