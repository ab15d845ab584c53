-- An attribute that a source gives and no rule ranks would never reach a person. What left the Padró has no household.
select distinct
    candidates.attribute,
    candidates.standing
from {{ ref('int_attribute_candidates') }} as candidates
anti join {{ ref('survivorship_rules') }} as rules
    on candidates.attribute = rules.attribute and candidates.standing = rules.standing
where not (candidates.attribute = 'household_id' and candidates.standing = 'padro_left')
