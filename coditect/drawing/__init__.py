"""Draws a stack as SVG: where a request goes, and what stands behind it."""
