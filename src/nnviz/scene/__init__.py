"""Scenes to derive your own from: with a network, one that learns, or an audience."""
