"""Real parts on this machine: registries, Redis, sample images, and what it takes to run them."""
