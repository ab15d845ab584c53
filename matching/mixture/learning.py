"""Learns from a file's pairs how pairs of one person, of relatives and of strangers differ, by EM over three classes.

Relatives share surnames, home and contact. Their given names, birth dates and sex agree as those of strangers do,
except for twins. If the file has many relatives, another given name or birth date separates two records; if it has
none, it may be an error. No rule is switched off for a whole file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from matching.mixture.comparisons import COMPARED
from matching.relations import FILE_PAIRS

_Numbers = npt.NDArray[np.float64]

# The usual shares count as so many pairs beside those of the file.
_USUAL_PAIRS = 20.0
# Of the pairs of relatives in the blocks, one in fifty is born on the same day.
TWIN_SHARE = 0.02
# A level that hardly any pair shows keeps a small probability, so that one field never outweighs all others.
_LEAST_SHARE = 1e-4
# Strangers agree in at least this share of the agreement of all pairs.
_LEAST_OF_ALL_PAIRS = 0.05
_LEAST_U = 1e-7
# A file has relatives: at least so many pairs for one pair of the same person.
_FEWEST_RELATIVES = 0.02
_ROUNDS, _CONVERGED = 300, 1e-4
# With fewer pairs of one person there is nothing to learn from.
_FEWEST_PAIRS = 50.0
_MOST_BITS = 200.0

_OWN = [compared.name for compared in COMPARED if compared.relatives is None]
_SHARED = [compared.name for compared in COMPARED if compared.relatives is not None]
_BIRTH = "birth_date"


@dataclass(frozen=True)
class Learned:
    """What was learned from a file: the shares of its pairs, and the bits of each level of each comparison.

    Args:
        same_share: the share of all pairs that are of one person.
        relatives_share: the share of all pairs that are of relatives.
        same_bits: by comparison, for one person against strangers, level by level.
        relatives_bits: the same for relatives.
        pairs: how many pairs are one person, as expected.
    """

    same_share: float
    relatives_share: float
    same_bits: Mapping[str, Sequence[float]]
    relatives_bits: Mapping[str, Sequence[float]]
    pairs: float


class _Patterns:
    """Pairs that show the same levels, and values in common that are about equally rare, counted together."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        names = [compared.name for compared in COMPARED]
        own = " + ".join(f"tf_{name}" for name in _OWN if name != _BIRTH)
        shared = " + ".join(f"tf_{name}" for name in _SHARED)
        # To half a bit.
        rare = ", ".join(
            f"round(2 * ({bits})) / 2 as {column}"
            for column, bits in (("own", own), ("birth", f"tf_{_BIRTH}"), ("shared", shared))
        )
        found = connection.execute(
            f"select {', '.join(names)}, {rare}, count(*)::double as pairs from {FILE_PAIRS} group by all order by all"
        ).fetchnumpy()
        self.levels = {name: np.asarray(found[name], dtype=np.int64) for name in names}
        self.own, self.birth, self.shared = (
            np.asarray(found[name], dtype=float) for name in ("own", "birth", "shared")
        )
        self.pairs = np.asarray(found["pairs"], dtype=float)


def learn(
    connection: duckdb.DuckDBPyConnection, mentions: int, random_shares: Mapping[str, Sequence[float]]
) -> Learned | None:
    """Learn from the compared pairs; None if too few of them are one person.

    Reads: `FILE_PAIRS`.

    Args:
        connection: that links.
        mentions: how many records there are.
        random_shares: how often two random records show each level of each comparison.
    """
    patterns = _Patterns(connection)
    all_pairs = mentions * (mentions - 1) / 2
    usual_same = {one.name: _shares([one.same[label] for label in one.labels]) for one in COMPARED}
    usual_relatives = {
        one.name: _shares([one.relatives[label] for label in one.labels]) for one in COMPARED if one.relatives
    }
    same, relatives = dict(usual_same), dict(usual_relatives)
    random = {name: np.asarray(shares) for name, shares in random_shares.items()}
    strangers = dict(random)
    same_share, relatives_share = 0.3 * mentions / all_pairs, 0.1 * mentions / all_pairs
    for _ in range(_ROUNDS):
        as_same, as_relatives = _odds(patterns, same, relatives, strangers, same_share, relatives_share)
        total = as_same + as_relatives + 1 - same_share - relatives_share
        of_same, of_relatives = patterns.pairs * as_same / total, patterns.pairs * as_relatives / total
        same_share = max(of_same.sum(), 1.0) / all_pairs
        relatives_share = max(of_relatives.sum(), _FEWEST_RELATIVES * of_same.sum(), 1.0) / all_pairs
        before = same
        same = {name: _taught(patterns.levels[name], of_same, usual_same[name]) for name in same}
        relatives = {name: _taught(patterns.levels[name], of_relatives, usual_relatives[name]) for name in relatives}
        strangers = {
            name: _without(random[name], same_share * same[name], relatives_share * relatives.get(name, random[name]))
            / (1 - same_share - relatives_share)
            for name in random
        }
        if max(np.abs(before[name] - same[name]).max() for name in same) < _CONVERGED:
            break
    pairs = float(same_share * all_pairs)
    if pairs < _FEWEST_PAIRS:
        return None
    return Learned(
        float(same_share),
        float(relatives_share),
        {name: _bits(same[name], strangers[name]) for name in same},
        {name: _bits(relatives[name], strangers[name]) for name in relatives} | {_BIRTH: _of_twins(strangers[_BIRTH])},
        pairs,
    )


def _shares(values: Sequence[float]) -> _Numbers:
    shares = np.asarray(values)
    return np.asarray(shares / shares.sum())


def _bits(shares: _Numbers, strangers: _Numbers) -> list[float]:
    return [float(bits) for bits in np.log2(shares / strangers)]


def _of_twins(strangers: _Numbers) -> list[float]:
    """The bits of birth dates for relatives; the first is for the same date, and rare dates add more."""
    other = float(np.log2(1 - TWIN_SHARE))
    return [float(np.log2(TWIN_SHARE / strangers[0])), *[other] * (len(strangers) - 1)]


def _taught(levels: npt.NDArray[np.int64], pairs: _Numbers, usual: _Numbers) -> _Numbers:
    """The share of each level among the pairs that have one; the usual shares count as pairs, too."""
    is_known = levels > 0
    counts = np.bincount(levels[is_known] - 1, weights=pairs[is_known], minlength=len(usual)) + _USUAL_PAIRS * usual
    return np.asarray(np.maximum(counts / counts.sum(), _LEAST_SHARE))


def _without(random: _Numbers, same: _Numbers, relatives: _Numbers) -> _Numbers:
    """The shares of strangers: those of random pairs without pairs of one person or of relatives."""
    return np.asarray(np.maximum(random - same - relatives, np.maximum(random * _LEAST_OF_ALL_PAIRS, _LEAST_U)))


def _odds(
    patterns: _Patterns,
    same: Mapping[str, _Numbers],
    relatives: Mapping[str, _Numbers],
    strangers: Mapping[str, _Numbers],
    same_share: float,
    relatives_share: float,
) -> tuple[_Numbers, _Numbers]:
    """The odds of one person and of relatives for each pattern, against strangers."""
    of_same = patterns.own + patterns.birth + patterns.shared
    of_relatives = patterns.shared.copy()
    for name, levels in patterns.levels.items():
        of_same = of_same + _at(levels, np.log2(same[name] / strangers[name]))
        if name in relatives:
            of_relatives = of_relatives + _at(levels, np.log2(relatives[name] / strangers[name]))
    birth = patterns.levels[_BIRTH]
    twins = np.log2((1 - TWIN_SHARE) + TWIN_SHARE * 2.0**patterns.birth / strangers[_BIRTH][0])
    of_relatives = of_relatives + np.where(birth == 1, twins, 0.0)
    return (
        same_share * 2.0 ** np.minimum(of_same, _MOST_BITS),
        relatives_share * 2.0 ** np.minimum(of_relatives, _MOST_BITS),
    )


def _at(levels: npt.NDArray[np.int64], bits: _Numbers) -> _Numbers:
    """The bits of each pattern's level; 0 if there is nothing to compare."""
    return np.asarray(np.where(levels > 0, bits[np.maximum(levels, 1) - 1], 0.0))
