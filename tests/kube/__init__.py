"""A cluster for tests: an API server, its controllers, and a node that runs pods as real processes."""
