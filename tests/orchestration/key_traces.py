"""What would tell of the hub's key if it stood in a file."""

import base64
import hashlib
import pprint
from typing import Any

import jinja2
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from orchestration.database import EXTENSIONS
from orchestration.settings import DBT_PROJECT_DIR, Settings


def traces_of(key: str) -> list[bytes]:
    """The key, and its SHA-256 in every form, alone and within the connection that dbt would hash if it knew it."""
    digests = [hashlib.sha256(text.encode()).digest() for text in (key, f"{key}\n", _connection(key))]
    return [key.encode(), *(form for one in digests for form in _forms(one))]


def hash_of_the_connection() -> bytes:
    """What dbt stores of a connection that knows no key: where this is not, the other hashes were not looked for."""
    return hashlib.sha256(_connection(None).encode()).hexdigest().encode()


def _forms(digest: bytes) -> list[bytes]:
    return [digest, digest.hex().encode(), base64.b64encode(digest)]


def _connection(key: str | None) -> str:
    """The connection of the profile in a night, as dbt writes it to hash it."""
    values = {
        "FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS),
        "FIL_DBT_MEMORY": f"{Settings.from_environment().memory.dbt_bytes}B",
    }
    text = (DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    rendered = jinja2.Template(text).render(env_var=lambda name, usual="": values.get(name, usual))  # noqa: S701 - no page
    profile: dict[str, Any] = yaml.safe_load(rendered)["fil"]["outputs"]["work"]
    if key is not None:
        profile["attach"][0]["options"] = {"encryption_key": key}
    told = {name: value for name, value in profile.items() if name not in ("type", "threads")}
    return pprint.pformat(sorted(DuckDBCredentials.from_dict(told).connection_info()))
