"""What stands on screen: networks, images, formulas, numbers and graphs, drawn as computed.

They are Manim's mobjects, to be added, moved and animated as any other.
"""
