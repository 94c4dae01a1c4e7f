"""Cards: pure functions from what is stored to what Slack shows; no clock, no network, no Redis."""
