"""Volumes, meshes and pictures to files: whole or not at all, the frame and the unit said in the file."""
