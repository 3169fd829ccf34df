import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.calibrators._inverse_temperature import solve_temperature


def power(root, exponent):
    """Derivatives of |x - root| ** (exponent + 1), up to a factor: flat or steep near the root."""

    def derivatives(x):
        gap = x - root
        return (gap > 0) * gap**exponent - (gap < 0) * (-gap) ** exponent, exponent * abs(gap) ** (exponent - 1)

    return derivatives


@given(st.floats(0.051, 19.9), st.sampled_from([1, 2, 3]))
def test_finds_the_root_in_1_over_t(root, exponent):
    temperature, at_bound = solve_temperature(power(root, exponent), (0.05, 20))
    assert temperature == pytest.approx(1 / root, rel=1e-5)
    assert not at_bound


@pytest.mark.parametrize(("root", "expected"), [(100.0, (0.05, True)), (0.001, (20.0, True)), (1.0, (1.0, False))])
def test_a_root_outside_is_held_by_the_bound(root, expected):
    assert solve_temperature(power(root, 1), (0.05, 20)) == expected


def test_a_flat_loss_leaves_1():
    assert solve_temperature(lambda _: (0.0, 0.0), (0.05, 20)) == (1.0, False)


def test_1_can_itself_be_a_bound():
    assert solve_temperature(power(5.0, 1), (1.0, 20.0)) == (1.0, True)
    assert solve_temperature(power(0.5, 1), (0.1, 1.0)) == (1.0, True)


def test_steps_that_do_not_help_give_way_to_halving():
    # The second derivative says nothing here, and then too much.
    for curvature in (0.0, 1e-300, 1e300):
        temperature, _ = solve_temperature(lambda x, c=curvature: ((x > 2.5) - (x < 2.5) + 0.0, c), (0.05, 20))
        assert temperature == pytest.approx(0.4, rel=1e-6)
