"""The project's models outside of a dbt run, for data that is not the hub's; importing neither Dagster nor dbt."""

from collections.abc import Mapping, Sequence

import jinja2
import yaml
from jinja2.runtime import Macro

from orchestration.settings import DBT_PROJECT_DIR


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
    # Twice: a macro knows those alone that were there before it.
    for path in sorted((DBT_PROJECT_DIR / "macros").glob("*.sql")) * 2:
        macros = environment.get_template(path.name).make_module()
        environment.globals |= {name: macro for name, macro in vars(macros).items() if isinstance(macro, Macro)}
    paths = {path.stem: path for path in (DBT_PROJECT_DIR / "models").rglob("*.sql")}
    rendered = {
        name: environment.get_template(str(paths[name].relative_to(DBT_PROJECT_DIR / "models"))).render()
        for name in names
    }
    return [f"create or replace table {relations[name]} as {query}" for name, query in rendered.items()]
