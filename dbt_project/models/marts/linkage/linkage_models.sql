select
    entity,
    version,
    sha256
from {{ ref('stg_linkage__models') }}
