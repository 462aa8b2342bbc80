"""Stand-ins for what is not built here: each speaks the real protocol, and names itself on every page and reply.

`python -m coditect.local.standins.NAME --port N --state DIR` serves on 127.0.0.1 until SIGTERM; `/health` answers 200.
"""
