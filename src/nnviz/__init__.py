"""Neural networks that compute, and Manim pictures of them that show what they computed."""
