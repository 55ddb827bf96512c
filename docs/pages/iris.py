"""Three kinds of iris: a classifier of scikit-learn's."""

from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

from nnviz import from_sklearn

flowers = load_iris()
model = MLPClassifier([6], "tanh", solver="lbfgs", alpha=0.1, max_iter=3000, random_state=0)
model.fit(flowers.data, flowers.target)
chosen = range(0, 150, 5)

from_sklearn(model).save_page(
    "iris.html",
    inputs=flowers.data[chosen],
    answers=flowers.target[chosen],
    input_labels=[name.removesuffix(" (cm)") for name in flowers.feature_names],
    output_labels=[str(name) for name in flowers.target_names],
    ranges=list(zip(flowers.data.min(axis=0), flowers.data.max(axis=0), strict=True)),
    learning_rate=0.05,
    title="Which iris?",
    description="Four lengths in centimetres say which of three kinds an iris is. The network was "
    "trained by scikit-learn, and read by nnviz in one line. Move a petal’s length, and see where "
    "one kind becomes another.",
)
