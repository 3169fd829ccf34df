import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.calibrators import Evidence, TemperatureScaling, Thermometer
from calibrant.exceptions import InputError

QUICK = {"hidden_width": 8, "n_steps": 600, "learning_rate": 0.005}


def draw(log_temperatures, rng, follows=2.0, n=150, width=6):
    """A task a temperature; each state is noise, about a mean that follows the temperature of its task."""
    direction = np.arange(1, width + 1) / width
    logits, labels, states, tasks = [], [], [], []
    for number, log_temperature in enumerate(log_temperatures):
        for _ in range(n):
            row = rng.normal(scale=4, size=rng.integers(2, 6))
            logits.append(row)
            labels.append(int(np.argmax(row / np.exp(log_temperature) + rng.gumbel(size=row.size))))
            states.append(follows * log_temperature * direction + rng.normal(size=width))
            tasks.append(f"task {number}")
    return Evidence(logits, states=np.array(states), tasks=tasks), np.array(labels)


def log_loss(probabilities, labels):
    return np.mean([-np.log(p[i]) for p, i in zip(probabilities, labels, strict=True)])


def compare(follows, seed):
    """Log losses on four new tasks: as they came, at the pooled temperature, by the Thermometer, at the true one."""
    rng = np.random.default_rng(seed)
    known, labels = draw(np.linspace(-0.3, 1.5, 8), rng, follows)
    truth = np.array([0.0, 0.4, 0.8, 1.2])
    new, answers = draw(truth, rng, follows, n=300)
    thermometer = Thermometer(**QUICK).fit(known, labels)
    pooled = TemperatureScaling().fit(known.logprobs, labels)
    losses = [
        log_loss(TemperatureScaling().fit([[0.0, 0.0]], [0]).predict_proba(new.logprobs), answers),
        log_loss(pooled.predict_proba(new.logprobs), answers),
        log_loss(thermometer.predict_proba(new), answers),
        log_loss(
            [
                np.exp(z / T) / np.exp(z / T).sum()
                for z, T in zip(new.logprobs, np.repeat(np.exp(truth), 300), strict=True)
            ],
            answers,
        ),
    ]
    return losses, np.log(list(thermometer.temperatures(new).values())) - truth


def test_reads_the_temperatures_of_tasks_that_it_has_not_seen():
    runs = [compare(2.0, seed) for seed in range(3)]
    raw, pooled, own, oracle = np.mean([losses for losses, _ in runs], axis=0)
    assert own < raw - 0.1
    assert own < pooled - 0.02
    assert own < oracle + 0.01
    assert np.abs([errors for _, errors in runs]).max() < 0.3


def test_hardly_worse_than_one_temperature_where_the_states_tell_nothing():
    runs = [compare(0.0, seed) for seed in range(3)]
    _, pooled, own, _ = np.mean([losses for losses, _ in runs], axis=0)
    assert own < pooled + 0.01


def test_is_the_same_again_and_another_with_another_seed():
    evidence, labels = draw([0.0, 1.0], np.random.default_rng(0), n=60)
    short = QUICK | {"n_steps": 100}
    one, again, other = (Thermometer(**short, random_state=seed).fit(evidence, labels) for seed in (1, 1, 2))
    assert one.temperatures(evidence) == again.temperatures(evidence)
    assert one.temperatures(evidence) != other.temperatures(evidence)


def test_a_task_has_one_temperature_from_all_of_its_questions():
    evidence, labels = draw([0.0, 1.0], np.random.default_rng(1), n=60)
    own = Thermometer(**QUICK | {"n_steps": 200}).fit(evidence, labels)
    inverse = [1 / own.temperatures(evidence.take([i]))["task 0"] for i in range(10)]
    together = own.temperatures(evidence.take([*range(10), 100]))
    assert together["task 0"] == pytest.approx(1 / np.mean(inverse))
    assert together["task 1"] == pytest.approx(own.temperatures(evidence.take([100]))["task 1"])
    row = own.predict_proba(evidence.take(range(10)))[3]
    odds = np.exp((evidence.logprobs[3] - evidence.logprobs[3].max()) / together["task 0"])
    assert_allclose(row, odds / odds.sum())
    assert_allclose(own.predict_proba(evidence.take([*range(9, -1, -1)]))[6], row)


def test_starts_at_the_pooled_temperature_and_keeps_it_where_no_step_is_better():
    # In the one task the first option is right, in the other it is not: nothing to learn, and steps far too long.
    logits, states = [[np.log(9.0), 0.0]] * 400, np.zeros((400, 3))
    evidence = Evidence(logits, states=states, tasks=["a", "b"] * 200)
    labels = np.repeat([0, 0, 0, 1], 100)
    own = Thermometer(hidden_width=2, n_steps=100, learning_rate=1e3, validation_share=0.5).fit(evidence, labels)
    assert_allclose(list(own.temperatures(evidence).values()), 2, rtol=1e-6)


def test_temperatures_stay_within_bounds():
    evidence, labels = draw([0.0, 1.5], np.random.default_rng(2), n=60)
    own = Thermometer(**QUICK, bounds=(0.9, 2.0)).fit(evidence, labels)
    far = Evidence(evidence.logprobs[:2], states=np.array([[1e4] * 6, [-1e4] * 6]), tasks=["x", "y"])
    assert set(own.temperatures(far).values()) == {0.9, 2.0}


def test_a_row_of_no_weight_is_not_there():
    evidence, labels = draw([0.0, 1.0, 0.5], np.random.default_rng(3), n=40)
    short = QUICK | {"n_steps": 100}
    without = Thermometer(**short).fit(evidence.take(range(80)), labels[:80])
    weighed = Thermometer(**short).fit(evidence, labels, sample_weight=[1] * 80 + [0] * 40)
    assert without.temperatures(evidence) == weighed.temperatures(evidence)


def test_weight_moves_the_temperature_towards_the_rows_that_have_it():
    # Half of the rows say T = 1, half T = 4, whatever the state.
    rng = np.random.default_rng(4)
    evidence, labels = draw([0.0, np.log(4.0)], rng, follows=0.0, n=400)
    evidence = Evidence(evidence.logprobs, states=evidence.states, tasks=["a", "b"] * 400)
    weights = (np.repeat([9, 1], 400), np.ones(800), np.repeat([1, 9], 400))
    means = [
        np.mean(list(Thermometer(**QUICK).fit(evidence, labels, weight).temperatures(evidence).values()))
        for weight in weights
    ]
    assert means[0] < means[1] - 0.2 < means[2] - 0.4


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=6), min_size=1, max_size=8))
def test_keeps_the_order_of_the_options(logits):
    known, labels = draw([0.0, 1.0], np.random.default_rng(5), n=10)
    own = Thermometer(**QUICK | {"n_steps": 20}).fit(known, labels)
    states = np.random.default_rng(len(logits)).normal(size=(len(logits), 6))
    new = Evidence(logits, states=states, tasks=["a", "b", "c", "a", "b", "c", "a", "b"][: len(logits)])
    for row, probability in zip(logits, own.predict_proba(new), strict=True):
        assert (np.diff(probability[np.argsort(row)]) >= 0).all()


def test_a_task_of_one_question_is_learnt_from_but_not_chosen_by():
    evidence, labels = draw([0.0, 1.0, 0.5], np.random.default_rng(6), n=10)
    few = [*range(21)]
    assert len(Thermometer(**QUICK | {"n_steps": 20}).fit(evidence.take(few), labels[few]).temperatures(evidence)) == 3


@pytest.mark.parametrize("rows", [range(10), [0, 1, 10]])
def test_refuses_fewer_than_two_tasks(rows):
    evidence, labels = draw([0.0, 1.0], np.random.default_rng(7), n=10)
    with pytest.raises(InputError, match=r"^tasks must be at least 2, of 2 questions or more each"):
        Thermometer().fit(evidence.take(rows), labels[list(rows)])


@pytest.mark.parametrize(
    "bad",
    [
        {"hidden_width": 0},
        {"n_steps": 0},
        {"n_steps": 10.5},
        {"learning_rate": 0.0},
        {"learning_rate": np.nan},
        {"weight_decay": -1.0},
        {"batch_size": 0},
        {"prior_weight": np.inf},
        {"validation_share": 0.0},
        {"validation_share": 1.0},
        {"bounds": (2.0, 3.0)},
        {"random_state": -1},
        {"random_state": None},
    ],
)
def test_refuses_parameters(bad):
    evidence, labels = draw([0.0, 1.0], np.random.default_rng(8), n=3)
    with pytest.raises(InputError, match=rf"^{next(iter(bad))} must .*; got .*\."):
        Thermometer(**bad).fit(evidence, labels)


@pytest.mark.parametrize(("name", "how"), [("states", "--hidden-layers"), ("tasks", "a subject")])
def test_refuses_evidence_that_lacks_what_it_needs(name, how):
    columns = {"states": np.zeros((2, 3)), "tasks": ["a", "b"]}
    columns.pop(name)
    with pytest.raises(InputError, match=rf"needs {name}, not at hand: .*{how}"):
        Thermometer().fit(Evidence([[0.0, 1.0]] * 2, **columns), [0, 0])
