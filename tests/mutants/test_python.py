"""The mutants of Python: what is changed, and that a module whose tests ask too little is found out."""

from pathlib import Path

from tests.mutants.python import TESTS, explained, mutants, survivors

_SOURCE = '''"""Who is old."""


def is_old(age: int | None) -> bool:
    """Whether an age is one of the old."""
    return age is not None and age > 64
'''


def test_every_comparison_connector_and_number_is_changed() -> None:
    before = "return age is not None and age > 64"
    assert mutants(_SOURCE).keys() == {
        "def is_old(age: int | None) -> bool: => def is_old(age: int & None) -> bool:",
        *(
            f"{before} => {after}"
            for after in (
                "return age is None and age > 64", "return age is not None or age > 64",
                "return age is not None and age >= 64", "return age is not None and age <= 64",
                "return age is not None and age > 65", "return age is not None and age > 63",
            )
        ),
    }  # fmt: skip


def test_what_no_test_tells_survives(tmp_path: Path) -> None:
    module, tests = Path("old.py"), Path("test_old.py")
    (tmp_path / module).write_text(_SOURCE)
    (tmp_path / tests).write_text(
        "from old import is_old\n\n\ndef test_old():\n    assert is_old(90) and not is_old(64) and not is_old(None)\n"
    )
    made = mutants(_SOURCE)
    bound = "return age is not None and age > 64 => return age is not None and age "
    texts = {f"{bound}{one}": made[f"{bound}{one}"] for one in ("> 65", ">= 64", "> 63")}
    assert list(survivors(tmp_path, module, [tests], texts)) == [f"{bound}> 65"]
    assert (tmp_path / module).read_text() == _SOURCE


def test_every_explanation_is_of_a_module_and_says_something() -> None:
    assert explained().keys() <= TESTS.keys()
    assert all(reason.strip() for reasons in explained().values() for reason in reasons.values())
