"""Which values lie inside of a surface: a level, a band of values, a region."""
