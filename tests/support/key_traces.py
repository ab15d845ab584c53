"""What would tell of the hub's key if it stood in a file."""

import base64
import hashlib
import pprint
from typing import Any

import jinja2
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from orchestration.dbt.project import environment_of_dbt
from orchestration.home.settings import DBT_PROJECT_DIR, Settings
from orchestration.home.work_database import EXTENSIONS

_HASHES = ("md5", "sha1", "sha256")


def traces_of(key: str) -> list[bytes]:
    """The key of hex in each form, and the hashes of each, in each form; and of what dbt would hash if it knew it."""
    own = {key.encode(), *_forms(bytes.fromhex(key)), *_forms(key.encode())}
    hashed = own | {f"{key}\n".encode(), _connection(key).encode()}
    digests = {hashlib.new(name, text, usedforsecurity=False).digest() for name in _HASHES for text in hashed}
    return sorted(own | {form for digest in digests for form in _forms(digest)})


def hash_of_the_connection() -> bytes:
    """What dbt stores of a connection that knows no key: where this is not, the other hashes were not looked for."""
    return hashlib.sha256(_connection(None).encode()).hexdigest().encode()


def _forms(content: bytes) -> set[bytes]:
    """As they are, in hex of both cases, and in both alphabets of base64, with what fills it up and without."""
    encoded = {base64.b64encode(content), base64.urlsafe_b64encode(content)}
    return {
        content,
        content.hex().encode(),
        content.hex().upper().encode(),
        *encoded,
        *(e.rstrip(b"=") for e in encoded),
    }


def _connection(key: str | None) -> str:
    """The connection of the profile in a night, as dbt writes it to hash it."""
    values = {
        "FIL_WORK_DB": environment_of_dbt()["FIL_WORK_DB"],
        "FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS),
        "FIL_DBT_MEMORY": f"{Settings.from_environment().memory.dbt_bytes}B",
    }
    text = (DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    rendered = jinja2.Template(text).render(env_var=lambda name, usual="": values.get(name, usual))  # noqa: S701 - this is YAML, not HTML
    profile: dict[str, Any] = yaml.safe_load(rendered)["fil"]["outputs"]["work"]
    if key is not None:
        profile["attach"][0]["options"] = {"encryption_key": key}
    told = {name: value for name, value in profile.items() if name not in ("type", "threads")}
    return pprint.pformat(sorted(DuckDBCredentials.from_dict(told).connection_info()))
