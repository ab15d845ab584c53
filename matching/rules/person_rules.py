"""Which scored pairs may be links, judged pair by pair before anything is clustered.

What holds for a whole person, however long its chain of links, is for `guard_rails`.
"""

import duckdb

from matching.model.thresholds import CITY, FILE, HOLD_BITS, LINK_WEIGHT, REVIEW_BITS
from matching.parties import PERSON, PartyKind
from matching.relations import COMMON_GIVEN_NAMES, LINK_CANDIDATES, RECORDS
from matching.rules.families import has_families
from matching.rules.guard_rails import PARENT_YEARS

# A shared valid document is a link by itself, unless name and birth date speak against it.
DOCUMENT_WEIGHT = LINK_WEIGHT + 10.0


# Whatever the scores say, two mentions with one valid document are looked at.
def pairs_to_judge(kind: PartyKind) -> str:
    """Common table expressions that end with `pairs` (record_l, record_r, match_weight, match_probability)."""
    return f"""
same_document as (
    select l.record_number as record_l, r.record_number as record_r
    from {RECORDS} as l
    inner join {RECORDS} as r on l.document = r.document and l.document_type = r.document_type
    where l.record_number < r.record_number and l.is_document_valid and r.is_document_valid
),
pairs as (
    select record_l, record_r, match_weight, match_probability from {kind.pair_scores}
    union all
    select record_l, record_r, null, null from same_document
    anti join {kind.pair_scores} as scored using (record_l, record_r)
)
"""


# Full names that stand beside one document alone, of documents that stand beside several given names.
_LONE_NAMES = f"""
create or replace temp table lone_names as
with told as (
    select document from {RECORDS} where document is not null
    group by document having min(given_key) < max(given_key)
),
asked as (
    select distinct surnames, given_key from {RECORDS} semi join told using (document)
    where surnames is not null and given_key is not null
)
select surnames, given_key from {RECORDS} inner join asked using (surnames, given_key)
group by surnames, given_key having count(document) = count(*) and min(document) = max(document)
"""

# Lists are made of the few names that differ: fetched with every pair they cost more than all else.
_WITHIN, _KIN = (
    " or ".join(
        f"list_has_all(string_split({one}.{column}, ' '), string_split({other}.given_key, ' '))"
        for one, other in (("l", "r"), ("r", "l"))
    )
    for column in ("given_key", "given_kin")
)

_FLAGS = f"""
create or replace temp table {LINK_CANDIDATES} as
with {pairs_to_judge(PERSON)},
-- What costs is asked after what is cheap: names are mostly equal, and CASE looks no further.
compared as (
    select
        record_l, record_r, l.unique_id as mention_id_l, r.unique_id as mention_id_r,
        coalesce(match_weight, 0.0) as match_weight, match_probability,
        coalesce(l.document = r.document, false) as is_same_document,
        -- The letter is of the one's number: the other's is that number, mistyped.
        case when l.document = r.document then true
            when l.is_document_valid <> r.is_document_valid and right(l.document, 1) = right(r.document, 1)
            then damerau_levenshtein(l.document, r.document) <= 2 else false end as is_near_document,
        l.is_document_valid and r.is_document_valid as is_both_valid,
        l.is_document_valid and r.is_document_valid and l.document_type = r.document_type
            and l.document_type in ('DNI', 'NIE') and l.document <> r.document as is_other_person_by_document,
        coalesce(l.entry_of = r.entry_of, false) as is_two_entries,
        coalesce(l.form_of = r.form_of, false) as is_one_form,
        -- Born after somebody saw them, or long before a child's form.
        coalesce(l.birth_date > r.born_until, false) or coalesce(r.birth_date > l.born_until, false)
            or coalesce(l.birth_date < r.born_from, false) or coalesce(r.birth_date < l.born_from, false)
            or coalesce(l.born_from > r.born_until, false) or coalesce(r.born_from > l.born_until, false)
            as is_impossible,
        -- A taxpayer who would have been a child when entered is the parent of that name, but for the document.
        case when l.is_taxpayer or r.is_taxpayer then coalesce(l.document <> r.document, true) and (
            coalesce(l.birth_date + interval {PARENT_YEARS} year > r.observed_at, false) and r.is_taxpayer
            or coalesce(r.birth_date + interval {PARENT_YEARS} year > l.observed_at, false) and l.is_taxpayer)
            else false end as is_too_young,
        case when l.name_words = r.name_words then true
            when l.given_key = r.given_key and l.surname_1 = r.surname_1 and coalesce(l.surname_2 = r.surname_2, true)
            then true
            else coalesce(jaro_winkler_similarity(l.given_key, r.surname_1) >= 0.88
                and jaro_winkler_similarity(l.surname_1, r.given_key) >= 0.88, false) end as is_same_words,
        -- One's given name is the other's surname, and what stood beside it is lost; twins have one surname.
        case when l.given_key = r.given_key or l.surname_1 = r.surname_1 then false
            else coalesce(greatest(jaro_winkler_similarity(l.given_key, r.surname_1),
                jaro_winkler_similarity(l.surname_1, r.given_key)) >= 0.9
                and jaro_winkler_similarity(l.surname_1, r.surname_1) < 0.88, false) end as is_half_exchanged,
        coalesce(l.street = r.street and l.street_number = r.street_number or l.email = r.email or l.phone = r.phone,
            false) as is_same_place,
        coalesce((l.email = r.email or l.phone = r.phone) and l.given_key = r.given_key and l.surname_1 = r.surname_1,
            false) as is_contact_same,
        -- Given name and both surnames, in any order, and no other document beside them.
        coalesce(l.name_words = r.name_words and l.surname_2 is not null and r.surname_2 is not null, false)
            and (l.document is null or r.document is null) as is_whole_name_same,
        coalesce(year(l.birth_date) = year(r.birth_date), false) as is_year_same,
        case when l.surname_1 = r.surname_1 then true
            else coalesce(jaro_winkler_similarity(l.surname_1, r.surname_1) >= 0.88, false) end
            and case when l.surname_2 = r.surname_2 then true
            else coalesce(jaro_winkler_similarity(l.surname_2, r.surname_2) >= 0.88, true) end as is_surname_same,
        coalesce(
            case when l.given_key <> r.given_key then
            not ({_WITHIN})
            and not (least(length(l.given_key), length(r.given_key)) = 1
                and left(l.given_key, 1) = left(r.given_key, 1))
            and not (least(l.given_name, r.given_name) like '% %'
                and starts_with(greatest(l.given_name, r.given_name), least(l.given_name, r.given_name)))
            and ((jaro_winkler_similarity(l.given_key, r.given_key) < 0.85
                    and jaro_winkler_similarity(l.given_name, r.given_name) < 0.85
                    and damerau_levenshtein(l.given_key, r.given_key) > 1
                    and damerau_levenshtein(l.given_name, r.given_name) > 1)
                or (common_l.given_key is not null and common_r.given_key is not null)) end,
            false
        ) as is_given_other,
        case when l.given_key = r.given_key then true
            else coalesce({_KIN}, false) end as is_given_form,
        -- A parent may bear the child's given name, and hardly ever a surname that has nothing of the child's.
        case when l.is_childs or r.is_childs then coalesce(not list_has_any(
                [l.surname_1, coalesce(l.surname_2, l.surname_1)], [r.surname_1, coalesce(r.surname_2, r.surname_1)])
            and jaro_winkler_similarity(l.surname_1, r.surname_1) < 0.88, false)
            else false end as is_childs_surname_other,
        -- Two surnames, each of another parent, and a given name that is nobody else's: of a child with both of its
        -- mother's some other record would tell.
        coalesce(l.surname_1 = r.surname_1 and l.surname_2 = r.surname_2 and l.surname_1 <> l.surname_2, false)
            and not (l.is_childs or r.is_childs)
            and (l.is_register or lone_l.given_key is not null) and (r.is_register or lone_r.given_key is not null)
            as is_surnames_told,
        -- A letter or an ending tells siblings apart, Jana and Joana; letters in another order do not.
        coalesce(
            case when l.given_key <> r.given_key and l.surname_1 = r.surname_1 then
                list_sort(string_split(l.given_key, '')) <> list_sort(string_split(r.given_key, ''))
                and least(length(l.given_key), length(r.given_key)) > 2
                and not ({_WITHIN}) end,
            false
        ) as is_spelt_other,
        -- Parent and child of one name have one home, and another second surname.
        case when l.surname_2 = r.surname_2 then false
            when l.given_key = r.given_key and l.surname_1 = r.surname_1
            then coalesce(jaro_winkler_similarity(l.surname_2, r.surname_2) < 0.88, false) else false
            end as is_second_other,
        coalesce(l.birth_date = r.birth_date, false) as is_birth_same,
        l.birth_date is null or r.birth_date is null as is_birth_open,
        -- Of one name with a parent, too: whoever was a minor when a form was filled in may bear another's document.
        case when abs(year(l.birth_date) - year(r.birth_date)) >= {PARENT_YEARS} then coalesce(
            l.birth_date + interval 18 year > l.observed_at or r.birth_date + interval 18 year > r.observed_at, false)
            else false end as is_like_parent,
        (year(l.birth_date) = year(r.birth_date))::int + (month(l.birth_date) = month(r.birth_date))::int
            + (day(l.birth_date) = day(r.birth_date))::int as birth_parts_same,
        coalesce(year(l.birth_date) = year(r.birth_date) and month(l.birth_date) = day(r.birth_date)
            and day(l.birth_date) = month(r.birth_date), false) as is_birth_swapped
    from pairs
    inner join {RECORDS} as l on pairs.record_l = l.record_number
    inner join {RECORDS} as r on pairs.record_r = r.record_number
    left join {COMMON_GIVEN_NAMES} as common_l on l.given_key = common_l.given_key
    left join {COMMON_GIVEN_NAMES} as common_r on r.given_key = common_r.given_key
    left join lone_names as lone_l on l.surnames = lone_l.surnames and l.given_key = lone_l.given_key
    left join lone_names as lone_r on r.surnames = lone_r.surnames and r.given_key = lone_r.given_key
),
judged as (
    select
        *,
        is_same_document and is_both_valid as is_same_valid_document,
        if(is_birth_same or is_contact_same or is_whole_name_same, $corroborated_weight, $link_weight) as link_weight,
        -- Where no families are, nobody but the same person has one's document or home, however the rest was written.
        not $has_families as is_without_families,
        -- Whom document, given name and surnames tell alike may have been born on any day that a form says.
        is_near_document and (is_both_valid or not is_same_document)
            and not is_like_parent and (is_same_words or (not is_given_other and is_surname_same))
            or is_without_families
            as is_birth_outweighed,
        -- A parent's document on a child's form has another name, and no birth date or quite another.
        is_given_other and not is_same_words
            and not (is_near_document and is_given_form) and not (is_same_document and is_surnames_told)
            and not (is_near_document and coalesce(birth_parts_same >= 2, false))
            and not (is_half_exchanged and (is_birth_same or (is_same_document and is_both_valid and is_birth_open)))
            -- Who shares home and contact, and tells neither document nor birth date, is known by the name alone.
            or (is_spelt_other and is_same_place and is_birth_open and not is_same_document)
            or (is_second_other and is_same_place and is_birth_open and not is_same_document)
            or (is_childs_surname_other and not is_same_words)
            as is_name_refused,
        coalesce(if(is_same_document and is_both_valid, birth_parts_same = 0, birth_parts_same < 2), false)
            and not is_birth_swapped
            -- Father and son, of one name in one home, are not of one year.
            and not (is_year_same and is_same_place and is_surname_same and not is_given_other) as is_birth_refused
    from compared
)
select
    record_l, record_r, mention_id_l, mention_id_r, match_probability,
    if(is_same_valid_document, greatest(match_weight, {DOCUMENT_WEIGHT}), match_weight) as weight,
    is_same_valid_document,
    is_birth_outweighed,
    case
        when is_other_person_by_document then 'two_valid_documents'
        when is_two_entries and not is_same_valid_document then 'two_register_entries'
        when is_one_form then 'one_form'
        when is_impossible or is_too_young then 'impossible'
        when is_name_refused and not is_without_families then 'given_name'
        when is_birth_refused and not is_birth_outweighed then 'birth_date'
    end as refusal,
    link_weight,
    is_same_valid_document or match_weight >= link_weight as is_strong,
    match_weight >= link_weight - {HOLD_BITS} as is_holding,
    not is_same_valid_document and match_weight < link_weight and match_weight >= link_weight - {REVIEW_BITS}
        as is_borderline
from judged
"""


def create_person_candidates(connection: duckdb.DuckDBPyConnection, *, is_file: bool = False) -> None:
    """Judge each pair of persons' records: its weight, the weight it needs, and the rule that bars it, if one does.

    A city has families; a file is asked.

    Reads: the persons' pair scores, `RECORDS`, `COMMON_GIVEN_NAMES`.
    Writes: `LINK_CANDIDATES`, one row per pair that was scored or shares a valid document.
    """
    threshold = FILE if is_file else CITY
    given = {"link_weight": threshold.link_weight, "corroborated_weight": threshold.corroborated_weight}
    connection.execute(_LONE_NAMES)
    connection.execute(_FLAGS, {"has_families": not is_file or has_families(connection), **given})


def refused_pairs(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Pairs that a steward must see: (kind, mention, mention).

    Reads: `LINK_CANDIDATES`.

    Families are refused by given name or birth date every night as a matter of course; those pairs go to nobody,
    unless the two share a valid document.
    """
    return connection.execute(
        f"""
        select refusal, mention_id_l, mention_id_r from {LINK_CANDIDATES}
        where refusal in ('two_valid_documents', 'two_register_entries') and is_strong
        union all
        select 'document_contradicted', mention_id_l, mention_id_r from {LINK_CANDIDATES}
        where refusal in ('given_name', 'name', 'birth_date', 'one_form', 'impossible') and is_same_valid_document
        order by all
        """
    ).fetchall()
