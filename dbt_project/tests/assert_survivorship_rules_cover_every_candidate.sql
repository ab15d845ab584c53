-- An attribute of a source without a rule would never reach a person.
select distinct
    candidates.attribute,
    candidates.standing
from {{ ref('int_attribute_candidates') }} as candidates
anti join {{ ref('survivorship_rules') }} as rules
    on candidates.attribute = rules.attribute and candidates.standing = rules.standing
