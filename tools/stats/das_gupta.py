"""Das Gupta's symmetric standardisation: what each factor of a rate contributes to its change."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Rate = Callable[[Mapping[str, FloatArray]], float]


@dataclass(frozen=True, slots=True)
class FactorEffects:
    """A change of a rate and each factor's part of it, in the rate's unit; the parts sum to the total."""

    before: float
    after: float
    total: float
    effects: dict[str, float]


def das_gupta(before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike], rate: Rate) -> FactorEffects:
    """Das Gupta's effects of the factors of a rate.

    The effect of factor i among P is the change of the rate when i alone goes from before to after, averaged over all
    settings of the others: the sum over subsets S of the others of |S|! (P - 1 - |S|)!/P! (rate(S and i after) -
    rate(S after)). For R = abc that is (a' - a)((bc + b'c')/3 + (bc' + b'c)/6). It equals the Shapley value.

    Args:
        before, after: the factors by name, numbers or arrays of one shape.
        rate: the rate of a mapping of factors.

    No factor, more than 12, or names that differ between the periods: ValueError.

    Reference: Das Gupta (1993), US Census P23-186, chapters 2 to 4, equation 3.54.

    >>> before, after = {"birth": 19.4, "death": 10.8}, {"birth": 23.7, "death": 9.5}
    >>> found = das_gupta(before, after, lambda f: f["birth"] - f["death"])
    >>> {name: round(effect, 3) for name, effect in found.effects.items()}, round(found.total, 3)
    ({'birth': 4.3, 'death': 1.3}, 5.6)

    Of the natural increase's rise by 5.6 per thousand, 4.3 are more births and 1.3 fewer deaths (Das Gupta, example
    3.1).
    """
    names = list(before)
    if not 1 <= len(names) <= 12 or set(names) != set(after):
        raise ValueError("Both periods need the same factors, 1 to 12 of them.")
    factors = {name: (np.asarray(before[name], float), np.asarray(after[name], float)) for name in names}
    count = len(names)
    values = [
        float(rate({name: factors[name][chosen >> at & 1] for at, name in enumerate(names)}))
        for chosen in range(2**count)
    ]
    if not all(map(math.isfinite, values)):
        raise ValueError("The rate is not a finite number for some combination of the factors.")
    effects = {}
    for at, name in enumerate(names):
        effect = 0.0
        for chosen in range(2**count):
            if not chosen >> at & 1:
                size = chosen.bit_count()
                weight = math.factorial(size) * math.factorial(count - 1 - size) / math.factorial(count)
                effect += weight * (values[chosen | 1 << at] - values[chosen])
        effects[name] = effect
    return FactorEffects(values[0], values[-1], values[-1] - values[0], effects)


def cross_classified(
    sizes_before: ArrayLike,
    sizes_after: ArrayLike,
    rates_before: ArrayLike,
    rates_after: ArrayLike,
    *,
    names: Sequence[str] = (),
) -> FactorEffects:
    """Das Gupta's effects of each variable's composition, and of the rates, for a population cut by several variables.

    Arrays have a dimension for each variable. A cell's share is written as a product of one factor for each variable,
    A_i = product over subsets x of the other p - 1 variables of (n_{i,x} / n_x)^(1/(p C(p - 1, |x|))), n_x the size
    of all that shares the cell's values of x. The effect of variable i is that of A_i in sum A_1 ... A_p (r + r')/2
    by `das_gupta`; the rates' effect is sum (w + w')/2 (r' - r). Together they are the change of the crude rate.

    Empty cells: their factors are 0, and a rate that is missing (NaN) there is taken from the other period, so that the
    whole of the cell's effect is composition. A variable that does not matter for the rates, but goes with one that
    does, gets a part of its effect: `multifactor_effects` in `multifactor.py` gives it none.

    Shapes that differ, negative sizes, an empty period, a missing rate where there is somebody: ValueError.

    Reference: Das Gupta (1993), chapter 5, equation 5.36; R package DasGuptR.

    >>> found = cross_classified([[20, 20], [30, 30]], [[30, 30], [20, 20]], [[5, 5], [1, 1]], [[5, 5], [1, 1]])
    >>> {name: round(effect, 3) for name, effect in found.effects.items()}, round(found.total, 3)
    ({'0': 0.8, '1': 0.0, 'rate': 0.0}, 0.8)

    The first variable's better rows went from two fifths to three fifths, a fifth of the distance of 4 between rows.
    """
    sizes = [np.asarray(sizes_before, float), np.asarray(sizes_after, float)]
    rates = [np.asarray(rates_before, float), np.asarray(rates_after, float)]
    shape = sizes[0].shape
    if any(array.shape != shape for array in [*sizes, *rates]) or not shape:
        raise ValueError("Sizes and rates of both periods must have one shape, a dimension for each variable.")
    if any(np.any(np.isinf(array)) for array in [*sizes, *rates]):
        raise ValueError("Sizes and rates must be finite.")
    if any(np.any(~(size >= 0)) or size.sum() <= 0 for size in sizes):
        raise ValueError("Sizes must be 0 or more, and each period needs somebody.")
    if any(np.any(np.isnan(rate) & (size > 0)) for rate, size in zip(rates, sizes, strict=True)):
        raise ValueError("A cell with somebody in it needs its rate.")
    known = [
        np.where((size > 0) | ~np.isnan(rate), rate, other)
        for size, rate, other in zip(sizes, rates, rates[::-1], strict=True)
    ]
    filled = [np.where((sizes[0] > 0) | (sizes[1] > 0), rate, 0.0) for rate in known]
    labels = list(names) or [str(at) for at in range(len(shape))]
    if len(labels) != len(shape):
        raise ValueError(f"There are {len(shape)} variables and {len(labels)} names.")
    middle = (filled[0] + filled[1]) / 2
    before, after = (dict(zip(labels, _symmetric_factors(size), strict=True)) for size in sizes)
    found = das_gupta(before, after, lambda factors: float(np.sum(np.prod(list(factors.values()), axis=0) * middle)))
    shares = [size / size.sum() for size in sizes]
    crude = [float(np.sum(share * rate)) for share, rate in zip(shares, filled, strict=True)]
    rate_effect = float(np.sum((shares[0] + shares[1]) / 2 * (filled[1] - filled[0])))
    return FactorEffects(crude[0], crude[1], crude[1] - crude[0], {**found.effects, "rate": rate_effect})


def _symmetric_factors(sizes: FloatArray) -> list[FloatArray]:
    """One factor for each variable; their product is the cells' shares."""
    count = sizes.ndim
    factors = []
    for own in range(count):
        others = [axis for axis in range(count) if axis != own]
        factor = np.ones(sizes.shape)
        for size in range(count):
            power = 1 / (count * math.comb(count - 1, size))
            for subset in combinations(others, size):
                top, bottom = _margin(sizes, {own, *subset}), _margin(sizes, set(subset))
                ratio = np.divide(
                    top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0
                )
                factor = factor * ratio**power
        factors.append(np.where(sizes > 0, factor, 0.0))
    return factors


def _margin(sizes: FloatArray, kept: set[int]) -> FloatArray:
    found: FloatArray = sizes.sum(axis=tuple(axis for axis in range(sizes.ndim) if axis not in kept), keepdims=True)
    return found
