-- The results have one row per cut, segment, campaign, channel and barri.
select
    cut,
    segment,
    campaign,
    channel,
    barri_code
from {{ ref('campaign_results') }}
group by all
having count(*) > 1
