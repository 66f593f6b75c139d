"""The command line: reads settings, wires the parts, chooses the exit code."""
