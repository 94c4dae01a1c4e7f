"""The `regclean audit` commands: what auditors read of the chain, and what becomes of it."""
