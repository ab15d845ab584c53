select
    step_number,
    step,
    reason as reason_out,
    description
from {{ ref('segment_reasons') }}
