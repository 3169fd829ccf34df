from calibrant.evaluation._curve import curve_content
from calibrant.evaluation._record import Curve
from calibrant.metrics import calibration_curve


def test_bins_by_hand():
    found = curve_content(calibration_curve([0, 1, 0, 1], [0.25, 0.25, 1.0, 1.0], n_bins=2))
    assert (found["low"], found["high"], found["count"]) == ([0.0, 0.5], [0.5, 1.0], [2, 2])
    assert (found["confidence"], found["accuracy"]) == ([0.25, 1.0], [0.5, 0.5])
    assert all(low < 0.5 < high for low, high in zip(found["accuracy_low"], found["accuracy_high"], strict=True))


def test_an_empty_bin_is_null_and_can_be_read():
    found = curve_content(calibration_curve([1, 1], [1.0, 1.0], n_bins=2))
    assert found["count"] == [0, 2]
    assert [found[name][0] for name in ("confidence", "accuracy", "accuracy_low", "accuracy_high")] == [None] * 4
    assert Curve.model_validate(found).count == [0, 2]
