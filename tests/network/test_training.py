import numpy as np
import pytest

from nnviz.network import COSTS, EpochReport, Network, NetworkError, get_activation, one_hot

RNG = np.random.RandomState(0)
X = RNG.randn(23, 3)
Y = one_hot(RNG.randint(0, 2, 23), 2)


@pytest.fixture
def network() -> Network:
    return Network.random([3, 5, 2], seed=2)


def test_an_epoch_is_one_step_per_mini_batch(network: Network) -> None:
    (report,) = network.sgd(X, Y, epochs=1, batch_size=10, learning_rate=0.7, seed=4)
    expected = network
    order = np.random.RandomState(4).permutation(23)
    # 10, 10 and 3: the last mini-batch is smaller, and its mean is over its own examples.
    for batch in (order[:10], order[10:20], order[20:]):
        expected = expected.step(expected.backprop(X[batch], Y[batch]), 0.7)
    np.testing.assert_allclose(report.network.flatten(), expected.flatten(), rtol=1e-12)
    assert report.epoch == 1
    assert report.cost == pytest.approx(expected.cost(X, Y))
    assert report.accuracy == expected.accuracy(X, Y.argmax(axis=1))


@pytest.mark.parametrize(
    ("cost", "output"),
    [
        (cost, output)
        for cost in COSTS
        for output in ("sigmoid", "softmax")
        if COSTS[cost].accepts(get_activation(output))
    ],
)
def test_a_full_batch_is_gradient_descent(cost: str, output: str) -> None:
    network = Network.random([3, 4, 2], 1, activations=["relu", output], cost=cost)
    reports = list(network.sgd(X, Y, epochs=3, batch_size=100, learning_rate=0.05))
    expected = network
    for report in reports:
        expected = expected - 0.05 * expected.backprop(X, Y)
        np.testing.assert_allclose(report.network.flatten(), expected.flatten(), rtol=1e-10)
    assert [r.epoch for r in reports] == [1, 2, 3]
    assert reports[0].cost > reports[1].cost > reports[2].cost


def test_seeds(network: Network) -> None:
    def trained(seed: int) -> Network:
        *_, last = network.sgd(X, Y, epochs=3, batch_size=4, seed=seed)
        return last.network

    assert trained(0) == trained(0)
    assert trained(0) != trained(1)


def test_the_global_generator_is_left_alone(network: Network) -> None:
    np.random.seed(8)
    expected = np.random.rand()
    np.random.seed(8)
    list(network.sgd(X, Y, epochs=1))
    Network.random([2, 2], seed=1)
    assert np.random.rand() == expected


def test_reports_do_not_change_later(network: Network) -> None:
    reports = network.sgd(X, Y, epochs=2, batch_size=4)
    first = next(reports)
    before = first.network.flatten()
    second = next(reports)
    np.testing.assert_array_equal(first.network.flatten(), before)
    assert second.network != first.network


def test_eta_may_be_a_schedule(network: Network) -> None:
    asked: list[int] = []

    def schedule(epoch: int) -> float:
        asked.append(epoch)
        return 0.5 if epoch == 1 else 0.0

    first, second = network.sgd(X, Y, epochs=2, learning_rate=schedule)
    assert asked == [1, 2]
    assert first.network == second.network != network


def test_validation_data_are_what_is_measured(network: Network) -> None:
    x, y = X[:5] + 1, Y[:5]
    (report,) = network.sgd(X, Y, epochs=1, validation=(x, y))
    assert report.cost == pytest.approx(report.network.cost(x, y))
    assert report.accuracy == report.network.accuracy(x, y.argmax(axis=1))


def test_inputs_that_are_always_zero_are_left_alone_but_count_in_validation() -> None:
    # Two of five inputs say nothing during training, and something afterwards.
    wide = np.insert(X, [1, 3], 0.0, axis=1)
    network = Network.random([5, 4, 2], seed=3)
    expected = network
    for _ in range(2):
        expected = expected - 0.5 * expected.backprop(wide, Y)
    x = np.ones((6, 5))
    validation = (x, Y[:6])
    *_, report = network.sgd(
        wide, Y, epochs=2, batch_size=23, learning_rate=0.5, validation=validation
    )
    np.testing.assert_allclose(report.network.flatten(), expected.flatten(), rtol=1e-12)
    np.testing.assert_array_equal(
        report.network.weights[0][:, [1, 4]], network.weights[0][:, [1, 4]]
    )
    assert report.cost == pytest.approx(expected.cost(x, Y[:6]))


def test_nothing_but_zeros_still_trains_the_biases() -> None:
    network = Network.random([3, 4, 2], seed=3)
    (report,) = network.sgd(np.zeros((4, 3)), Y[:4], epochs=1, batch_size=4, learning_rate=0.5)
    expected = network - 0.5 * network.backprop(np.zeros((4, 3)), Y[:4])
    np.testing.assert_allclose(report.network.flatten(), expected.flatten(), rtol=1e-12)


def test_it_learns_what_one_layer_cannot() -> None:
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    reports: list[EpochReport] = list(
        Network.random([2, 4, 1], seed=1).sgd(
            x, [[0.0], [1], [1], [0]], epochs=800, batch_size=4, learning_rate=4.0
        )
    )
    assert reports[-1].cost < 0.01
    np.testing.assert_array_equal(reports[-1].network.feedforward(x).round().ravel(), [0, 1, 1, 0])
    assert reports[-1].accuracy == 1.0


@pytest.mark.parametrize("cost", COSTS)
def test_one_sigmoid_output_says_yes_or_no(cost: str) -> None:
    labels = (X[:, 0] > X[:, 1]).astype(int)
    network = Network.random([3, 4, 1], seed=1, cost=cost)
    # Columns and rows of desired outputs are the same to it.
    column, row = (
        list(network.sgd(X, y, epochs=40, batch_size=23, learning_rate=2.0, validation=(X, y)))
        for y in (labels[:, np.newaxis], labels)
    )
    assert [r.network for r in column] == [r.network for r in row]
    trained = row[-1].network
    assert trained.predict(X[0]).shape == ()
    np.testing.assert_array_equal(trained.predict(X), trained.feedforward(X)[:, 0] > 0.5)
    assert trained.accuracy(X, labels) == row[-1].accuracy == 1.0
    assert network.accuracy(X, 1 - labels) == pytest.approx(1 - network.accuracy(X, labels))
    assert trained.cost(X, labels) == trained.cost(X, labels[:, np.newaxis]) == row[-1].cost
    assert trained.cost(X[0], labels[0]) == trained.cost(X[0], labels[:1])
    gradients = (trained.backprop(X, y).flatten() for y in (labels, labels[:, np.newaxis]))
    np.testing.assert_array_equal(*gradients)
    with pytest.raises(NetworkError, match="between 0 and 1, but one is 2"):
        trained.accuracy(X, labels + 1)


def test_one_other_output_is_a_number() -> None:
    network = Network.random([3, 4, 1], 1, activations=["tanh", "identity"])
    *_, report = network.sgd(X, X.sum(axis=1), epochs=200, learning_rate=0.02)
    assert report.accuracy is None
    assert report.cost < 0.1
    with pytest.raises(NetworkError, match=r"identity outputs of shape \(1,\) stand for no"):
        report.network.predict(X)
    with pytest.raises(NetworkError, match="same examples"):
        network.cost(X, X[:-1].sum(axis=1))


def test_divergence_is_an_error() -> None:
    network = Network.random([3, 4, 2], 0, activations="identity")
    with pytest.raises(NetworkError, match="epoch 1: a learning rate of 1e\\+06 is too large"):
        list(network.sgd(X * 100, Y, epochs=5, batch_size=1, learning_rate=1e6))


def test_bad_arguments_are_refused_at_the_call(network: Network) -> None:
    with pytest.raises(NetworkError, match="must be positive, not 0 and 10"):
        network.sgd(X, Y, epochs=0)
    with pytest.raises(NetworkError, match="must be positive, not 1 and 0"):
        network.sgd(X, Y, epochs=1, batch_size=0)
    with pytest.raises(NetworkError, match="same examples"):
        network.sgd(X, Y[:-1], epochs=1)
    with pytest.raises(NetworkError, match=r"batch of shape \(n, 3\), not one example"):
        network.sgd(X[0], Y[0], epochs=1)
    with pytest.raises(NetworkError, match="empty batch"):
        network.sgd(X[:0], Y[:0], epochs=1)
    with pytest.raises(NetworkError, match="y: must have shape"):
        network.sgd(X, Y[:, 0], epochs=1)
    with pytest.raises(NetworkError, match="x: contains a NaN"):
        network.sgd(X * np.nan, Y, epochs=1)
    with pytest.raises(NetworkError, match="x: must have shape"):
        network.sgd(X, Y, epochs=1, validation=(X[:, :2], Y))
    with pytest.raises(NetworkError, match="learning_rate must be a number"):
        network.sgd(X, Y, epochs=1, learning_rate=float("nan"))


@pytest.mark.parametrize("way", ["train", "sgd"])
def test_eta_is_another_name_of_the_learning_rate(way: str) -> None:
    train = getattr(Network.random([3, 4, 2], seed=1), way)
    for rate in (0.3, lambda epoch: 0.3 / epoch):
        *_, named = train(X, Y, epochs=2, learning_rate=rate)
        *_, other = train(X, Y, epochs=2, eta=rate)
        assert named.network == other.network
    with pytest.raises(NetworkError, match="learning_rate and eta are two names of the same"):
        train(X, Y, epochs=2, learning_rate=0.3, eta=0.3)
