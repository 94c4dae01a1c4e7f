"""The room that talks to registries: it plans, executes and collects. It never opens Slack."""
