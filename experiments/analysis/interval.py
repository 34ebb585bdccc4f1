"""95 % intervals of what runs show: shares, means, paired differences and slopes."""

import numpy as np

Z = 1.959964  # of the standard normal at 97.5 %


def share_interval(count: np.ndarray, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share; NaN without runs (Wilson 1927)."""
    n = np.where(runs > 0, runs, np.nan)
    share = count / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # Clipped because rounding can leave an end a hair outside the share, or outside 0 to 1.
    return np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)


def standard_error(squares: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Of a mean, from the sum of squared deviations; NaN with fewer than two values."""
    n = np.where(count > 1, count, np.nan)
    return np.asarray(np.sqrt(squares / (n - 1) / n))


def paired_difference(treated: np.ndarray, control: np.ndarray) -> tuple[float, float, int]:
    """Mean of treated - control over the runs that both have, its standard error, and how many those are.

    Every point meets the same luck, so what the two have in common cancels in each pair.
    """
    gap = (treated - control)[~np.isnan(treated - control)]
    if len(gap) < 2:
        return (float(gap.mean()) if len(gap) else float("nan")), float("nan"), len(gap)
    return float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(len(gap))), len(gap)


def slope_over_groups(
    x: np.ndarray, count: np.ndarray, mean: np.ndarray, squares: np.ndarray
) -> tuple[float, float, float, float]:
    """Least squares line through all values, of which only count, mean and squares at each x are known.

    Returns slope, its standard error, and the line's centre (mean x, mean y); NaN with fewer than two different x.
    """
    given = count > 0
    x, n, y, within = x[given], count[given], mean[given], squares[given]
    if len(x) < 2:
        return float("nan"), float("nan"), float("nan"), float("nan")
    total = n.sum()
    centre_x, centre_y = float((n * x).sum() / total), float((n * y).sum() / total)
    spread = float((n * (x - centre_x) ** 2).sum())
    slope = float((n * (x - centre_x) * (y - centre_y)).sum() / spread)
    residual = float(within.sum() + (n * (y - centre_y - slope * (x - centre_x)) ** 2).sum())
    error = float(np.sqrt(residual / (total - 2) / spread)) if total > 2 else float("nan")
    return slope, error, centre_x, centre_y
