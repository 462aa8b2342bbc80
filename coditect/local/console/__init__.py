"""The web console of a running platform: what runs, what passes through, and buttons to act. This machine's own."""
