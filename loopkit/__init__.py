"""Runs loop documents: reads the Markdown, decides, runs over SSH, writes the evidence back."""

__version__ = "0.1.0"
