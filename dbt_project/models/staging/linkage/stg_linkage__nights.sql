select business_date
from {{ source('linkage', 'nights') }}
