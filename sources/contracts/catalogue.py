"""The sources that a night knows, named one by one; there is no discovery."""

from functools import cache
from pathlib import Path

from sources.contracts.contract import Contract, load_contract

SOURCES = (
    "padro",
    "padro_variacions",
    "proteccions",
    "carrers",
    "adreces",
    "contribuents",
    "objectes_tributaris",
    "tramits_hisenda",
    "atencions",
    "iris",
    "tramits",
    "cita_previa",
    "llicencies_via_publica",
    "activitats_estiu",
    "consentiments",
    "subscripcions",
    "campanyes",
    "enquestes",
    "zones",
    "linies_bus",
)
CONTRACTS_DIR = Path(__file__).parent


@cache
def load_contracts() -> tuple[Contract, ...]:
    """Every source's contract, in the order in which a night lands them; a process reads them once."""
    return tuple(load_contract(CONTRACTS_DIR / f"{source}.odcs.yaml") for source in SOURCES)
