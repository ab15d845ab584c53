"""The project's models outside of a dbt run, for data that is not the hub's; importing neither Dagster nor dbt."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml
from jinja2.runtime import Macro

from exports.contracts.declared import described_marts
from orchestration.home.settings import DBT_PROJECT_DIR


def render_models(names: Sequence[str], relations: Mapping[str, str]) -> list[str]:
    """The SQL of models of the project in the order given, each making the relation of its name.

    `relations` says what `ref` and `source` stand for; only macros of the project are known.
    """
    return [f"create or replace table {relations[name]} as {query_of(name, relations.__getitem__)}" for name in names]


def render_macro(name: str, *arguments: str) -> str:
    """The SQL that a macro of the project makes of expressions; it must not ask for models."""
    macro: Any = _project(DBT_PROJECT_DIR).environment.globals[name]
    return str(macro(*arguments))


def models_behind(names: Sequence[str], given: Collection[str]) -> list[str]:
    """Models of the project and all that they stand on, each after what it asks; not what is given, nor sources."""
    models = _project(DBT_PROJECT_DIR).models
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in given or name in ordered or name not in models:
            return
        for one in asked_by(name):
            add(one)
        ordered.append(name)

    for name in names:
        add(name)
    return ordered


def asked_by(name: str) -> list[str]:
    """What a model of the project asks by `ref` and `source`; nothing, if there is no such model."""
    asked: list[str] = []

    def ask(one: str) -> str:
        asked.append(one)
        return one

    if name in _project(DBT_PROJECT_DIR).models:
        query_of(name, ask)
    return asked


class _Project(NamedTuple):
    """The path of each model by its name, and the environment that renders them."""

    models: Mapping[str, str]
    environment: jinja2.Environment


class _Rendering(NamedTuple):
    """The model that is rendered, and the function that gives the relation for its `ref` and `source`."""

    model: str
    relation: Callable[[str], str]


_rendering: ContextVar[_Rendering] = ContextVar("rendering")


def query_of(name: str, relation: Callable[[str], str]) -> str:
    """The query of a model, with a relation in place of each `ref` and `source`."""
    project = _project(DBT_PROJECT_DIR)
    token = _rendering.set(_Rendering(name, relation))
    try:
        return project.environment.get_template(project.models[name]).render()
    finally:
        _rendering.reset(token)


@cache
def _project(directory: Path) -> _Project:
    """The project as it is at the first call in this process. Each query is compiled once."""
    models = directory / "models"
    environment = jinja2.Environment(  # noqa: S701 - this is SQL, not HTML
        loader=jinja2.FileSystemLoader(models), undefined=jinja2.StrictUndefined, cache_size=-1
    )
    variables = yaml.safe_load((directory / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    environment.globals |= {
        "var": variables.__getitem__,
        "ref": lambda name: _rendering.get().relation(name),
        "source": lambda _, name: _rendering.get().relation(name),
        "model": _Model(),
        "execute": True,
        "exceptions": _Exceptions,
    }
    _add_macros(environment, directory / "macros")
    return _Project({path.stem: str(path.relative_to(models)) for path in models.rglob("*.sql")}, environment)


class CompilationError(Exception):
    """A macro refuses its model; the message says why."""


class _Exceptions:
    @staticmethod
    def raise_compiler_error(message: str) -> None:
        raise CompilationError(message)


class _Model:
    """The model that is rendered, as macros see it. The YAML is read only if a macro asks for it."""

    @property
    def name(self) -> str:
        return _rendering.get().model

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


def _add_macros(environment: jinja2.Environment, directory: Path) -> None:
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
    files = [path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.sql"))]
    macros = {name: called(name) for file in files for _, name in _MACRO.findall(file)}
    environment.globals |= {"return": _return, **macros}
    for file in files:
        module = vars(environment.from_string(_MACRO.sub(r"\1of_file_\2", file)).make_module())
        found |= {name.removeprefix("of_file_"): one for name, one in module.items() if isinstance(one, Macro)}
