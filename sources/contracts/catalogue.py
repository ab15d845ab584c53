"""The list of sources: each contract in this folder is one source."""

from functools import cache
from pathlib import Path

from sources.contracts.contract import Contract
from sources.contracts.odcs import load_contract

CONTRACTS_DIR = Path(__file__).parent
_SUFFIX = ".odcs.yaml"
# In alphabetical order; a night lands them in this order.
SOURCES = tuple(sorted(path.name.removesuffix(_SUFFIX) for path in CONTRACTS_DIR.glob(f"*{_SUFFIX}")))


@cache
def load_contracts() -> tuple[Contract, ...]:
    """Every source's contract, in the order of `SOURCES`; a process reads them once."""
    return tuple(load_contract(CONTRACTS_DIR / f"{source}{_SUFFIX}") for source in SOURCES)
