"""What must be true: of the files by themselves, and of a plan before it runs."""
