"""Places that keep the state, and let one process at a time change it."""
