"""The command ``nnviz``: what you type to see which scenes there are, and to render them."""
