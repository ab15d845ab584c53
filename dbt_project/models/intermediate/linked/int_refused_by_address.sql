-- What stands refused for a person because an address of theirs was unsubscribed, not by their own word.
select
    consents.person_id,
    consents.purpose,
    consents.service
from {{ ref('consents') }} as consents
inner join {{ ref('consent_events') }} as consent_events
    on
        consents.person_id = consent_events.person_id
        and consents.purpose = consent_events.purpose
        and consents.evidence = consent_events.evidence
where consents.state != 'given' and consent_events.is_of_address
group by all
