"""A stack's deployment rehearsed: the real engine, and a Google that refuses what Google refuses."""
