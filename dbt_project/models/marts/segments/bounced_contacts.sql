select * from {{ ref('int_bounced_contacts') }}
