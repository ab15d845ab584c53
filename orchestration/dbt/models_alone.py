"""Renders the project's models without dbt, for other data than the hub's; imports neither Dagster nor dbt."""

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
    """The SQL statements that create models of the project, in the given order.

    `relations` has the relation for each model and each `ref` and `source`; only the project's macros are known.
    """
    return [f"create or replace table {relations[name]} as {query_of(name, relations.__getitem__)}" for name in names]


def render_macro(name: str, *arguments: str) -> str:
    """The SQL that a macro of the project makes of expressions; it must not use `ref` or `source`."""
    macro: Any = _project(DBT_PROJECT_DIR).environment.globals[name]
    return str(macro(*arguments))


def models_behind(names: Sequence[str], given: Collection[str]) -> list[str]:
    """Models of the project and all models that they read, in build order, without `given` ones and sources."""
    models = _project(DBT_PROJECT_DIR).models
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in given or name in ordered or name not in models:
            return
        for read in asked_by(name):
            add(read)
        ordered.append(name)

    for name in names:
        add(name)
    return ordered


def asked_by(name: str) -> list[str]:
    """The names in a model's `ref` and `source`; empty if there is no such model."""
    names: list[str] = []

    def note(relation: str) -> str:
        names.append(relation)
        return relation

    if name in _project(DBT_PROJECT_DIR).models:
        query_of(name, note)
    return names


class _Project(NamedTuple):
    """The path of each model by its name, and the environment that renders them."""

    models: Mapping[str, str]
    environment: jinja2.Environment


class _Rendering(NamedTuple):
    """The model that is being rendered, and the function that gives the relation for its `ref` and `source`."""

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
    """The project, read at the first call in this process. Each query is compiled once."""
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
    """A macro rejects its model; the message has the reason."""


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
    """The value of dbt's `return`, which ends a macro."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _return(value: Any) -> None:
    raise _Returned(value)


def _add_macros(environment: jinja2.Environment, directory: Path) -> None:
    """Make the project's macros available by name, so that each can call those of other files."""
    macros_by_name: dict[str, Macro] = {}

    def called(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return macros_by_name[name](*arguments, **named)
            except _Returned as returned:
                return returned.value

        return call

    # They are renamed in their files, so that each call by name goes through `called`.
    files = [path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.sql"))]
    macros = {name: called(name) for file in files for _, name in _MACRO.findall(file)}
    environment.globals |= {"return": _return, **macros}
    for file in files:
        module = vars(environment.from_string(_MACRO.sub(r"\1of_file_\2", file)).make_module())
        macros_by_name |= {
            name.removeprefix("of_file_"): macro for name, macro in module.items() if isinstance(macro, Macro)
        }
