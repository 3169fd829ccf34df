from calibrant.data._elements import load_elements


def test_there_are_118_each_with_its_own_name_and_symbol():
    elements = load_elements()

    assert len({element.name for element in elements}) == len({element.symbol for element in elements}) == 118


def test_they_are_numbered_in_order():
    number = {element.symbol: element.number for element in load_elements()}

    # The noble gases end the periods, of 2, 8, 8, 18, 18, 32 and 32 elements.
    assert [number[symbol] for symbol in ("He", "Ne", "Ar", "Kr", "Xe", "Rn", "Og")] == [2, 10, 18, 36, 54, 86, 118]
