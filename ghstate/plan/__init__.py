"""From an organization as asked for and as found to the steps between them."""
