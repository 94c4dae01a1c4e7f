"""From the workspace to the app: what is sent, by which road, and what counts as an answer."""
