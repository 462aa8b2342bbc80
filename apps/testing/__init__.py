"""The fixed cast of the tests: who they are, and what they hold."""
