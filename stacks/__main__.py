"""The program of every stack. Pulumi runs it, and so do `coditect` and the tests: it is the same everywhere."""

from infra.platform import deploy

deploy()
