"""Random draws for whole columns, each from its own stream, and the tables that they draw from.

A stream depends only on the seed and on its name, so a new draw in one module does not change the others.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
import yaml
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rates = dict[str, dict[str, Any]]

_PART_ROWS = 250_000
_HERE = Path(__file__).parent


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator for one purpose."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])


def in_parts(frame: pl.DataFrame, purpose: str, work: Callable[[str, pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Apply `work` to a frame part by part, each part with its own purpose, to need less memory."""
    parts = [frame] if frame.is_empty() else list(frame.iter_slices(_PART_ROWS))
    return pl.concat([work(f"{purpose} {turn}", part) for turn, part in enumerate(parts)])


def weighted(rng: np.random.Generator, weights: ArrayLike, size: int) -> IntArray:
    """Indexes drawn with replacement, in proportion to the weights."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    rows: IntArray = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right").astype(np.int64)
    return rows


def systematic(rng: np.random.Generator, weights: ArrayLike, size: int) -> IntArray:
    """Indexes whose shares follow the weights to within one, in ascending order."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    points = (np.arange(size) + rng.random()) / size * bounds[-1]
    rows: IntArray = np.searchsorted(bounds, points, side="right").astype(np.int64)
    return rows


def top(rng: np.random.Generator, log_weights: FloatArray, count: int) -> IntArray:
    """Distinct indexes, drawn without replacement in proportion to the exponential of their log weights."""
    keys = log_weights + rng.gumbel(size=len(log_weights))
    return np.sort(np.argsort(-keys, kind="stable")[:count])


def pick(rng: np.random.Generator, choices: Mapping[str, float], size: int) -> pl.Series:
    """One of some names for each row, in proportion to their weights."""
    return pl.Series(list(choices)).gather(weighted(rng, list(choices.values()), size))


def looked_up(frame: pl.DataFrame, names: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The columns of `names` for each row, by the key `on`; null if the table lacks the key."""
    return frame.select(on).join(names, on=on, how="left", maintain_order="left").drop(on)


@cache
def table(name: str) -> pl.DataFrame:
    """A table of `data/`, every column as text."""
    return pl.read_csv(_HERE / "data" / f"{name}.csv", infer_schema=False)


def rates() -> Rates:
    """The contents of `rates.yaml`."""
    content: Rates = yaml.safe_load((_HERE / "rates.yaml").read_text(encoding="utf-8"))
    return content
