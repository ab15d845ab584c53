select
    mentions.mention_id,
    mentions.is_register,
    mentions.nif,
    mentions.is_nif_valid,
    mentions.legal_name,
    mentions.legal_form,
    if(hidden.mention_id is null, mentions.street, null) as street,
    if(hidden.mention_id is null, mentions.street_number, null) as street_number,
    if(hidden.mention_id is null, mentions.postcode, null) as postcode,
    if(hidden.mention_id is null, mentions.email, null) as email,
    if(hidden.mention_id is null, mentions.phone, null) as phone
from {{ ref('int_organisation_mentions') }} as mentions
left join {{ ref('int_protected_organisations') }} as hidden on mentions.mention_id = hidden.mention_id
