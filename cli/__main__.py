"""`python -m cli` is `regclean`."""

from cli.main import main

main()
