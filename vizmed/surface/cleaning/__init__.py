"""Volumes made ready for their surface: less noise, finer slices, the body alone."""
