"""Plans, snapshots and errors, put into words for people and for programs."""
