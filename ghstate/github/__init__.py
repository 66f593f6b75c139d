"""GitHub: how an organization is read there, and how each change is made."""
