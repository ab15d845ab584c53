select
    mentions.mention_id,
    mentions.is_register,
    mentions.nif,
    mentions.is_nif_valid,
    {{ unless_protected('mentions.legal_name', by='protected.mention_id') }},
    mentions.legal_form,
    {{ unless_protected('mentions.street', by='protected.mention_id') }},
    {{ unless_protected('mentions.street_number', by='protected.mention_id') }},
    {{ unless_protected('mentions.postcode', by='protected.mention_id') }},
    {{ unless_protected('mentions.email', by='protected.mention_id') }},
    {{ unless_protected('mentions.phone', by='protected.mention_id') }}
from {{ ref('int_organisation_mentions') }} as mentions
left join {{ ref('int_protected_organisations') }} as protected on mentions.mention_id = protected.mention_id
