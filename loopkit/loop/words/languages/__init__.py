"""The languages that plans are read in: one module each, named here."""

NAMES = (
    "english",
    "german",
    "french",
    "spanish",
    "portuguese",
    "chinese",
    "japanese",
    "russian",
)
"""A module of this package each, in the order in which they are asked; a ninth is added here."""
