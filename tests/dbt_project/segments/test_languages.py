"""The language of a message: that of the request, otherwise the one last used in any channel, otherwise none."""

from pathlib import Path

from tests.support.made_up_segments import again, rolled_back, table

MODELS = ("int_segment_reach", "int_segment_recipients", "int_segment_history", "segment_candidates", "segment_members")


def test_an_unknown_language_is_delivered_as_unknown_and_the_last_one_used_wins(built: Path) -> None:
    """An older record of a better source loses; an answer to a survey is evidence for surveys alone."""
    with rolled_back(built) as hub:
        first, second, third = (
            str(person)
            for (person,) in hub.execute(
                "select distinct person_id from work.hub.segment_members"
                " where segment = 'afectacions' and basis = 'public_task' order by 1 limit 3"
            ).fetchall()
        )
        hub.execute("delete from work.hub.person_attributes where attribute = 'language'")
        hub.execute(
            """
            insert into work.hub.person_attributes by name
            select $1 as person_id, 'language' as attribute, 'M' as mention_id, * from (values
                ('ca', 'atencions', timestamp '2026-01-01', 1), ('es', 'iris', timestamp '2026-02-01', 2),
                ('en', 'iris', timestamp '2026-03-01', null)
            ) as t(value, source, observed_at, rank)
            """,
            [first],
        )
        hub.execute(
            "insert into work.hub.survey_answers by name select $1 as person_id, 'R' as survey_answer_id,"
            " date '2026-03-01' as answered_on, 'en' as language",
            [second],
        )
        hub.execute("""
            insert into work.hub.agreements by name
            select *, true as is_in_force
            from (values ('enquestes', 'survey'), ('iris', 'survey'), ('iris', 'communicate')) as t(source, purpose)
        """)
        again(hub, built, MODELS)
        reach = {
            (person, purpose): language
            for person, purpose, language in table(hub, "intermediate.int_segment_reach")
            .select("person_id", "purpose", "language")
            .iter_rows()
        }
        told = table(hub, "hub.segment_members").filter(segment="afectacions", basis="public_task")
        languages = dict(told.select("person_id", "language").iter_rows())
    assert [languages[person] for person in (first, second, third)] == ["es", None, None]
    assert [reach[person, "survey"] for person in (first, second, third)] == ["es", "en", None]
