"""Formulas, derivatives as fractions, and explanations with their numbers."""
