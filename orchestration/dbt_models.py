"""The project's models outside of a dbt run, for data that is not the hub's; importing neither Dagster nor dbt."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import jinja2
import yaml
from jinja2.runtime import Macro

from orchestration.settings import DBT_PROJECT_DIR

_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)


class _Returned(Exception):
    """What a macro returns that is no text."""

    def __init__(self, value: object) -> None:
        self.value = value


def _return(value: object) -> None:
    raise _Returned(value)


def _call(macros: Mapping[str, Macro], macro: str, /, *arguments: object, **named: object) -> object:
    try:
        return macros[macro](*arguments, **named)
    except _Returned as returned:
        return returned.value


def render_models(names: Sequence[str], relations: Mapping[str, str]) -> list[str]:
    """The SQL of models of the project in the order given, each making the relation of its name.

    `relations` says what `ref` and `source` stand for; only macros of the project are known.
    """
    environment = jinja2.Environment(  # noqa: S701 - this is SQL, not HTML
        loader=jinja2.FileSystemLoader([DBT_PROJECT_DIR / "macros", DBT_PROJECT_DIR / "models"]),
        undefined=jinja2.StrictUndefined,
    )
    variables = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    environment.globals |= {"var": variables.__getitem__, "ref": relations.__getitem__}
    environment.globals["source"] = lambda _, name: relations[name]
    environment.globals["return"] = _return
    # One by one, for a macro may use one that stands behind it or in another file: it finds that once it is called.
    files = sorted((DBT_PROJECT_DIR / "macros").glob("*.sql"))
    texts = {found[1]: found[0] for path in files for found in _MACRO.finditer(path.read_text(encoding="utf-8"))}
    macros: dict[str, Macro] = {}
    environment.globals |= {name: partial(_call, macros, name) for name in texts}
    macros |= {name: vars(environment.from_string(text).make_module())[name] for name, text in texts.items()}
    paths = {path.stem: path for path in (DBT_PROJECT_DIR / "models").rglob("*.sql")}
    rendered = {
        name: environment.get_template(str(paths[name].relative_to(DBT_PROJECT_DIR / "models"))).render()
        for name in names
    }
    return [f"create or replace table {relations[name]} as {query}" for name, query in rendered.items()]
