"""Known results of beliefs and packages: rows 7 and 8 of the benchmark list, limits, and the martingale property."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.belief import belief_firm, harsh_probability, lean_value, package_value, tables_lean

R_FULL, R_LEAN, REBUFF = 0.45, 0.75, 0.40  # row 8


@st.composite
def precedents(draw, most=40):
    """(signed, harsh) with harsh <= signed."""
    signed = draw(st.integers(0, most))
    return signed, draw(st.integers(0, signed))


def exact_belief(prior, accuracy, signed, harsh):
    """Bayes on the likelihood of the history, in exact fractions."""
    a, prior = Fraction(accuracy), Fraction(prior)
    firm = prior * a**harsh * (1 - a) ** (signed - harsh)
    soft = (1 - prior) * (1 - a) ** harsh * a ** (signed - harsh)
    return float(firm / (firm + soft))


def worth(belief):
    """M(b) of row 8."""
    return package_value(R_LEAN, R_FULL, REBUFF, belief)


def value_after_one_precedent(belief, accuracy):
    """E[M(posterior)] over one precedent."""
    harsh = harsh_probability(belief, accuracy)
    beliefs = belief_firm(belief, accuracy, 1, 1), belief_firm(belief, accuracy, 1, 0)
    return harsh * worth(beliefs[0]) + (1 - harsh) * worth(beliefs[1])


# Row 7


def test_row_7_sequence():
    """Row 7: prior .5, a = .7, precedents harsh, harsh, mild."""
    beliefs = [belief_firm(0.5, 0.7, signed, harsh) for signed, harsh in ((1, 1), (2, 2), (3, 2))]
    assert beliefs == pytest.approx([0.7, 0.844828, 0.7], abs=1e-6)


@given(prior=st.floats(0.001, 0.999), accuracy=st.floats(0.5, 0.999), seen=precedents())
def test_belief_is_bayes(prior, accuracy, seen):
    """Row 7 in general: the log-odds formula is Bayes' rule on the history's likelihood."""
    assert belief_firm(prior, accuracy, *seen) == pytest.approx(exact_belief(prior, accuracy, *seen), abs=1e-12)


# Limits


@pytest.mark.parametrize("prior", [0.0, 1.0])
@pytest.mark.parametrize("accuracy", [0.5, 0.75, 1.0])
def test_dogmatic_priors_never_move(prior, accuracy):
    """Priors 0 and 1 stay, also against perfect precedents that contradict them."""
    for seen in ((0, 0), (1, 0), (1, 1), (2, 1), (50, 0), (50, 50)):
        assert belief_firm(prior, accuracy, *seen) == prior


@pytest.mark.parametrize("prior", [1e-12, 0.2, 0.5, 0.8, 1 - 1e-12])
def test_perfect_precedents_reveal_the_type(prior):
    """At accuracy 1 one precedent settles it, whatever the prior, and none leaves the prior."""
    assert belief_firm(prior, 1.0, 0, 0) == prior
    for signed in (1, 2, 30):
        assert belief_firm(prior, 1.0, signed, signed) == 1.0
        assert belief_firm(prior, 1.0, signed, 0) == 0.0


@pytest.mark.parametrize("prior", [0.1, 0.5, 0.9])
def test_perfect_precedents_are_a_limit(prior):
    """Accuracy 1 is where accuracies next to 1 lead, also where precedents contradict one another."""
    for seen in ((1, 1), (1, 0), (2, 2), (2, 1), (3, 1), (5, 4)):
        assert belief_firm(prior, 1.0, *seen) == pytest.approx(belief_firm(prior, 1 - 1e-12, *seen), abs=1e-9)


@given(prior=st.floats(0.0, 1.0), seen=precedents())
def test_uninformative_precedents_teach_nothing(prior, seen):
    """At accuracy 1/2 the belief is the prior, exactly."""
    assert belief_firm(prior, 0.5, *seen) == prior


@pytest.mark.parametrize("accuracy", [0.51, 0.75, 0.999, 1 - 1e-15])
def test_long_one_sided_sequences(accuracy):
    """Thousands of equal precedents: no overflow, monotone, certainty in the limit, and both sides symmetric."""
    lengths = [0, 1, 10, 100, 1_000, 100_000]
    harsh = [belief_firm(0.3, accuracy, n, n) for n in lengths]
    mild = [belief_firm(0.3, accuracy, n, 0) for n in lengths]
    assert np.isfinite(harsh).all()
    assert np.isfinite(mild).all()
    assert (np.diff(harsh) >= 0).all()
    assert (np.diff(mild) <= 0).all()
    assert harsh[1] > harsh[0] > mild[1]
    assert (harsh[-1], mild[-1]) == (1.0, 0.0)
    mirrored = [1 - belief_firm(0.7, accuracy, n, 0) for n in lengths]
    assert mirrored == pytest.approx(harsh, abs=1e-12)


@given(prior=st.floats(0.0, 1.0), accuracy=st.floats(0.5, 1.0), seen=precedents())
def test_martingale(prior, accuracy, seen):
    """The expected posterior after one more precedent is the belief before it, in every state."""
    signed, harsh = seen
    belief = belief_firm(prior, accuracy, signed, harsh)
    chance = harsh_probability(belief, accuracy)
    after_harsh = belief_firm(prior, accuracy, signed + 1, harsh + 1)
    after_mild = belief_firm(prior, accuracy, signed + 1, harsh)
    assert chance * after_harsh + (1 - chance) * after_mild == pytest.approx(belief, abs=1e-12)
    assert after_mild <= belief + 1e-15
    assert after_harsh >= belief - 1e-15


# Row 8


def test_row_8_kink():
    """Row 8: the lean package is tabled below b = .428571 only."""
    kink = 0.428571
    assert tables_lean(R_LEAN, R_FULL, REBUFF, kink - 1e-6)
    assert not tables_lean(R_LEAN, R_FULL, REBUFF, kink + 1e-6)
    assert lean_value(R_LEAN, R_FULL, REBUFF, 3 / 7) == pytest.approx(R_FULL, abs=1e-12)


def test_row_8_perfect_information():
    """Row 8: the value of perfect information at b = .5 is .15."""
    assert 0.5 * worth(1.0) + 0.5 * worth(0.0) - worth(0.5) == pytest.approx(0.15, abs=1e-6)


@pytest.mark.parametrize(("accuracy", "gain"), [(0.6, 0.01), (0.7, 0.045), (0.8, 0.08), (0.9, 0.115)])
def test_row_8_one_precedent(accuracy, gain):
    """Row 8: what one precedent is worth at b = .5, by accuracy."""
    assert value_after_one_precedent(0.5, accuracy) - worth(0.5) == pytest.approx(gain, abs=1e-6)


@given(belief=st.floats(0.0, 1.0), accuracy=st.floats(0.5, 1.0))
def test_learning_never_hurts_a_single_decision(belief, accuracy):
    """M is convex: a precedent that costs nothing is worth something or nothing, at most what certainty is."""
    informed = value_after_one_precedent(belief, accuracy)
    certain = belief * worth(1.0) + (1 - belief) * worth(0.0)
    assert worth(belief) - 1e-12 <= informed <= certain + 1e-12


def test_no_lean_package_without_a_soft_zone():
    """Missing under the soft type only: the full package, at every belief. Missing under the firm type: nothing."""
    for belief in (0.0, 0.5, 1.0):
        assert not tables_lean(np.nan, R_FULL, REBUFF, belief)
        assert package_value(np.nan, R_FULL, REBUFF, belief) == R_FULL
        assert np.isnan(package_value(R_LEAN, np.nan, REBUFF, belief))
