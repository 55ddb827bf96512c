"""Exclusive or: a network that has learnt nothing yet."""

from nnviz import Network

Network.random([2, 3, 1], seed=1).save_page(
    "xor.html",
    inputs=[[0, 0], [0, 1], [1, 0], [1, 1]],
    answers=[[0], [1], [1], [0]],
    input_labels=["a", "b"],
    output_labels=["a xor b"],
    ranges=[[0, 1], [0, 1]],
    learning_rate=3,
    title="Exclusive or",
    description="True if one of the two is true, but not both. A network without a hidden layer "
    "cannot learn this; this one begins with random weights. Press “Many steps”, and watch it "
    "learn, or move a weight yourself.",
)
