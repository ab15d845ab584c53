"""The bill of materials of the project's own lock."""

import json
import re

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


def test_the_bill_keeps_to_what_the_schema_of_cyclonedx_asks() -> None:
    """Of its version 1.6: the patterns and the uniqueness of what is written here."""
    made = bill(RUNTIME)
    assert made.keys() == {
        "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies",
    }  # fmt: skip
    assert re.fullmatch("urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    references = [one["bom-ref"] for one in (made["metadata"]["component"], *made["components"])]
    assert len(set(references)) == len(references)
    assert {one for tie in made["dependencies"] for one in (tie["ref"], *tie["dependsOn"])} == set(references)
    for component in made["components"]:
        assert component.keys() - {"licenses"} == {
            "type", "bom-ref", "name", "version", "purl", "externalReferences",
        }  # fmt: skip
        assert re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[0-9a-z.!+]+", component["purl"]), component
        (files,) = component["externalReferences"]
        assert files["hashes"] and all(re.fullmatch("[0-9a-f]{64}", one["content"]) for one in files["hashes"])
        assert all(
            one["license"].keys() == {"name"} and one["license"]["name"] for one in component.get("licenses", [])
        )
