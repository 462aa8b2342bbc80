"""`python -m coditect` is `coditect`."""

from coditect.cli import main

main()
