"""A transformer that sorts: attention, one cell at a time."""

import numpy as np

from nnviz import pretrained

questions = np.random.RandomState(7).randint(10, size=(8, 8))
# After the last digit the network has to say the least one; before it nothing is desired.
answers = np.full(questions.shape, -1)
answers[:, -1] = questions.min(axis=1)

pretrained("sort").save_page(
    "sorter.html",
    inputs=questions,
    answers=answers,
    vocabulary=list("0123456789"),
    open=["block1", "block1.attention"],
    learning_rate=0.01,
    title="A transformer that sorts",
    description="Give it eight digits, and press “Write the next token” again and again: it writes "
    "them in order. Point at a cell of an attention pattern to see the query times the key that it "
    "comes from.",
)
