"""The files that people write: finding, reading, checking and writing them."""
