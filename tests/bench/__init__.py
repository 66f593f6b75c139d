"""Figures that the project promises, measured; never asserted by time in a test."""
