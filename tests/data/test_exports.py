import calibrant.data


def test_all_is_sorted_and_complete():
    public = [name for name in vars(calibrant.data) if name[0] != "_" and name not in ("annotations",)]

    assert calibrant.data.__all__ == sorted(calibrant.data.__all__)
    assert set(calibrant.data.__all__) == set(public)
