from calibrant.data._states import load_states


def test_there_are_fifty_in_order_of_name():
    names = [state.name for state in load_states()]

    assert len(set(names)) == len({state.code for state in load_states()}) == 50
    assert names == sorted(names)


def test_every_state_has_four_different_cities():
    assert all(len({state.capital, *state.other_cities}) == 4 for state in load_states())
