"""The runner `kubernetes`: collection of a registry that runs as a Deployment or StatefulSet."""
