"""The room that talks to people: Slack in, Slack out; it never opens a registry."""
