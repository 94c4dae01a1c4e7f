"""Slack's limits on what an app may show, as pure functions from JSON to the sentences that Slack would answer."""
