import calibrant.data


def test_all_is_sorted_and_complete():
    public = [name for name in vars(calibrant.data) if name[0] != "_" and name not in ("annotations",)]

    # As ruff sorts: constants, classes, functions.
    key = lambda name: (not name.isupper(), not name[0].isupper(), name)  # noqa: E731
    assert calibrant.data.__all__ == sorted(calibrant.data.__all__, key=key)
    assert set(calibrant.data.__all__) == set(public)
