"""What survives: Redis records, queues, audit and locks, as JSON with a version number."""
