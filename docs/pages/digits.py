"""Digits to draw: the network of the videos."""

from nnviz import mnist, pretrained

_, _, test = mnist.load()

pretrained("dense").save_page(
    "digits.html",
    inputs=test.images[:20],
    answers=test.labels[:20],
    output_labels=list("0123456789"),
    title="A network that reads digits",
    description="Draw a digit, and see what each neuron makes of it.",
)
