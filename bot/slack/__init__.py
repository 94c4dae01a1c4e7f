"""Slack: its markup, its blocks, its calls and its rates; nothing here knows what regclean is about."""
