select
    segment,
    topic,
    run_date,
    person_id,
    organisation_id,
    about_person_id,
    channel,
    language,
    reason,
    basis,
    content,
    reference,
    recipient_name,
    address,
    address_lines,
    district_code,
    barri_code
from {{ ref('segment_candidates') }}
where reason_out is null
