"""The room that talks to people: Slack in, Slack out. It never opens a registry."""
