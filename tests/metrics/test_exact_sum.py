"""What one float loses is kept, also over merging."""

from calibrant.metrics._exact_sum import ExactSum


def test_the_running_sum_keeps_what_one_float_loses():
    total = ExactSum(())
    for term in [1e16, 1.0, 1.0, -1e16]:
        total.add(term)
    assert total.value == 2.0
    # What was lost in one part is not lost by merging it.
    parts = [ExactSum(()), ExactSum(())]
    for part in parts:
        part.add(1e16)
        part.add(1.0)
    parts[0].merge(parts[1])
    parts[0].add(-2e16)
    assert parts[0].value == 2.0
    assert sum([1e16, 1.0, 1.0, -1e16]) != 2.0
