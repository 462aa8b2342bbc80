"""Typed readings of resources: the names and shapes of provider properties stand here and nowhere else."""
