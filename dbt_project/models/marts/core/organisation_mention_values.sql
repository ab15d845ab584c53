select
    mention_id,
    is_register,
    nif,
    is_nif_valid,
    legal_name,
    legal_form,
    street,
    street_number,
    postcode,
    email,
    phone
from {{ ref('int_organisation_mentions') }}
