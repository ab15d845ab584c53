select
    entity,
    version,
    sha256
from {{ source('linkage', 'models') }}
