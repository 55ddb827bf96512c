"""Charts of what the engine computes: costs, decisions, predictions, and how they change."""
