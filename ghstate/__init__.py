"""A GitHub organization's people and teams, declared in files."""

__version__ = "0.1.0"
