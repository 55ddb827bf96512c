"""How a scene becomes a video: its plays are drawn by all processors, and kept for the next time.

It works for any scene of Manim's, and gives the frames that Manim gives.
"""
