"""Charts of what a network does: its cost, how it learns, what it decides."""
