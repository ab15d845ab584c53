select
    -- With name and address in it, so that nobody who does not know them can find a recipient in it.
    'F' || left(md5(concat_ws('|', run_date, candidate_id, recipient_name, address)), 24) as message_id,
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
