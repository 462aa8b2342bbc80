"""`coditect new`: writes what a new part of the platform needs, all of it or nothing."""
