"""The columns of every file of a result folder."""

from collections.abc import Iterable

import pyarrow as pa

POINT = [("point", pa.int64()), ("point_id", pa.string())]
ENDING = [("method", pa.string()), ("residual", pa.float64()), ("iterations", pa.int64()), ("converged", pa.bool_())]
RUNS = pa.schema(
    [
        ("point", pa.int64()),
        ("replicate", pa.int64()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("hegemon_type", pa.string()),
        ("deals", pa.int64()),
        ("first_deal_day", pa.int64()),
        ("last_deal_day", pa.int64()),
        ("news_day", pa.int64()),
        ("hegemon_surplus_bn", pa.float64()),
    ]
)
COUNTRIES = pa.schema(
    [
        ("point", pa.int64()),
        ("replicate", pa.int64()),
        ("country", pa.string()),
        ("deal_day", pa.int64()),
        ("deal_rank", pa.int64()),
        ("package", pa.string()),
        ("tariff_final", pa.float64()),
        ("sector_rate_final", pa.float64()),
        ("terms_share", pa.float64()),
        ("delay_loss", pa.float64()),
        ("rebuff_loss", pa.float64()),
        ("signing_loss", pa.float64()),
        ("payoff_share", pa.float64()),
        ("payoff_bn", pa.float64()),
        ("payoff_pct_gdp", pa.float64()),
        ("called_count", pa.int64()),
        ("failed_ratifications", pa.int64()),
    ]
)
WORLD = "world"  # in the place of a country: of no single one
SHARE, BN = "share of stakes", "bn USD a year"
MEASURE_ROWS = pa.schema(
    [
        ("country", pa.string()),
        ("measure", pa.string()),
        ("part", pa.string()),
        ("unit", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("method", pa.string()),
    ]
)
DATE_PARTS = (  # of the value of signing, in order
    "reciprocal_relief", "sector_relief", "open_sector_relief", "concessions", "rebuff_risk", "delay", "signing_cost",
)  # fmt: skip
DATE_ROWS = pa.schema(
    [
        ("country", pa.string()),
        ("meeting", pa.int64()),
        ("day", pa.int64()),
        ("regime", pa.string()),
        *((name, pa.float64()) for name in ("mean_rank", "p_news", "p_can_sign", "ratification", *DATE_PARTS)),
        *((name, pa.float64()) for name in ("payoff_share", "payoff_bn", "concessions_bn", "tariff")),
    ]
)


def schema_with_factors(
    before: Iterable[tuple[str, pa.DataType]], factors: Iterable[str], after: Iterable[tuple[str, pa.DataType]]
) -> pa.Schema:
    """A schema with one float column for each factor between two groups of columns."""
    return pa.schema([*before, *((factor, pa.float64()) for factor in factors), *after])
