"""The bill of materials of the project's own lock."""

import json

from tests.supply.lock import RUNTIME, read_lock
from tests.supply.sbom import bill


def test_the_bill_has_each_package_once_with_version_hashes_and_licence() -> None:
    made = bill(RUNTIME)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    components = {(one["name"], one["version"]): one for one in made["components"]}
    assert len(components) == len(made["components"])
    locked = read_lock(RUNTIME)
    assert components.keys() == {(one.name, one.version) for one in locked}
    duckdb = components["duckdb", "1.5.5"]
    assert duckdb["purl"] == "pkg:pypi/duckdb@1.5.5"
    (files,) = duckdb["externalReferences"]
    assert {one["alg"] for one in files["hashes"]} == {"SHA-256"}
    assert [one["content"] for one in files["hashes"]] == list(next(o for o in locked if o.name == "duckdb").hashes)
    assert duckdb["licenses"][0]["license"]["name"]
    assert made["dependencies"][0]["dependsOn"] == [one["bom-ref"] for one in made["components"]]
    assert "://" not in json.dumps(made)


def test_the_same_lock_gives_the_same_bill() -> None:
    assert bill(RUNTIME) == bill(RUNTIME)
