"""The project's models outside of a dbt run, for data that is not the hub's; importing neither Dagster nor dbt."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import jinja2
import yaml
from jinja2.runtime import Macro

from exports.declared import described_marts
from orchestration.settings import DBT_PROJECT_DIR


def render_models(names: Sequence[str], relations: Mapping[str, str]) -> list[str]:
    """The SQL of models of the project in the order given, each making the relation of its name.

    `relations` says what `ref` and `source` stand for; only macros of the project are known.
    """
    render = _renderer(relations.__getitem__)
    return [f"create or replace table {relations[name]} as {render(name)}" for name in names]


def models_behind(names: Sequence[str], given: Collection[str]) -> list[str]:
    """Models of the project and all that they stand on, each after what it asks; not what is given, nor sources."""
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return name

    render = _renderer(ask)
    models = {path.stem for path in (DBT_PROJECT_DIR / "models").rglob("*.sql")}
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in given or name in ordered or name not in models:
            return
        asked.clear()
        render(name)
        for one in tuple(asked):
            add(one)
        ordered.append(name)

    for name in names:
        add(name)
    return ordered


def _renderer(relation: Callable[[str], str]) -> Callable[[str], str]:
    """What gives a model's query, with the relations that its `ref` and `source` stand for."""
    environment = jinja2.Environment(  # noqa: S701 - this is SQL, not HTML
        loader=jinja2.FileSystemLoader([DBT_PROJECT_DIR / "macros", DBT_PROJECT_DIR / "models"]),
        undefined=jinja2.StrictUndefined,
    )
    variables = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    environment.globals |= {"var": variables.__getitem__, "ref": relation}
    environment.globals["source"] = lambda _, name: relation(name)
    model = _Model()
    environment.globals |= {"model": model, "execute": True, "exceptions": _Exceptions}
    _add_macros(environment)
    paths = {path.stem: path for path in (DBT_PROJECT_DIR / "models").rglob("*.sql")}

    def render(name: str) -> str:
        model.name = name
        return environment.get_template(str(paths[name].relative_to(DBT_PROJECT_DIR / "models"))).render()

    return render


class CompilationError(Exception):
    """A macro refuses its model; the message says why."""


class _Exceptions:
    @staticmethod
    def raise_compiler_error(message: str) -> None:
        raise CompilationError(message)


class _Model:
    """The model that is rendered, as macros see it: what the YAML says of a mart is read when a macro asks for it."""

    name = ""

    @property
    def columns(self) -> Mapping[str, Any]:
        return {column["name"]: column for column in described_marts()[self.name]["columns"]}

    def get(self, key: str, default: Any) -> Any:
        return described_marts()[self.name].get(key, default)


_MACRO = re.compile(r"({%-?\s*macro\s+)(\w+)")


class _Returned(Exception):
    """What a macro returns by dbt's `return`, which ends it."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _return(value: Any) -> None:
    raise _Returned(value)


def _add_macros(environment: jinja2.Environment) -> None:
    """Make the project's macros known by name; each finds the others, in whichever file they are, when it is called."""
    found: dict[str, Macro] = {}

    def called(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return found[name](*arguments, **named)
            except _Returned as returned:
                return returned.value

        return call

    # Named otherwise in their files, so that none there is called but by its name among all.
    files = [path.read_text(encoding="utf-8") for path in sorted((DBT_PROJECT_DIR / "macros").glob("*.sql"))]
    macros = {name: called(name) for file in files for _, name in _MACRO.findall(file)}
    environment.globals |= {"return": _return, **macros}
    for file in files:
        module = vars(environment.from_string(_MACRO.sub(r"\1of_file_\2", file)).make_module())
        found |= {name.removeprefix("of_file_"): one for name, one in module.items() if isinstance(one, Macro)}
