"""Feature maps of a digit: two convolutions with poolings."""

from nnviz import mnist, pretrained

_, _, test = mnist.load()

pretrained("cnn").save_page(
    "convolution.html",
    inputs=test.images[:20].reshape(-1, 1, 28, 28),
    answers=test.labels[:20],
    output_labels=list("0123456789"),
    learning_rate=0.01,
    title="A network that looks for features",
    description="Every map is what one kernel finds in the maps before. Draw a digit, then point "
    "at a pixel of a map: its window, its kernel, and their products.",
)
