"""A GitHub organization on this machine, to try and rehearse things."""
