"""Every calibrator in the registry keeps the contract; adding a class there enrols it here."""

import pytest
from tests.checks import check_calibrator

import calibrant.calibrators
from calibrant.calibrators import CALIBRATORS


@pytest.mark.parametrize("cls", CALIBRATORS.values(), ids=CALIBRATORS)
def test_contract(cls):
    check_calibrator(cls)


def test_every_exported_class_that_fits_is_in_the_registry():
    # AutoCalibration is no map of its own: it takes one of them.
    others = {"AutoCalibration", "AutoOptionCalibration", "ConfidenceMap", "EvidenceMap", "OptionMap"}
    exported = {
        name
        for name in set(calibrant.calibrators.__all__) - others
        if isinstance(getattr(calibrant.calibrators, name), type)
        and hasattr(getattr(calibrant.calibrators, name), "fit")
    }
    assert exported == {cls.__name__ for cls in CALIBRATORS.values()}


def test_names_are_sorted():
    # As ruff sorts: constants, classes, functions.
    key = lambda name: (not name.isupper(), not name[0].isupper(), name)  # noqa: E731
    assert calibrant.calibrators.__all__ == sorted(calibrant.calibrators.__all__, key=key)


def test_registry_lists_the_simplest_first():
    # The choice prefers what comes first where cross-validation cannot tell maps apart.
    one, two, three = {"temperature", "confidence-temperature"}, {"platt"}, {"beta", "quadratic"}
    curves = {"spline", "centred-isotonic", "isotonic", "venn-abers", "scaling-binning", "histogram", "bbq"}
    order = list(CALIBRATORS)
    for simpler, richer in ((one, two), (two, three), (three, curves & set(order))):
        assert max(map(order.index, simpler)) < min(map(order.index, richer))
