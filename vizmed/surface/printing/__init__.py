"""Whether a surface can be printed, and marks on it: walls, bed, flaws, letters."""
