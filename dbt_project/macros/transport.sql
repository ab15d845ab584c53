{#- A means of transport; `source` is that of a derived one, null if the person wrote it. -#}
{% macro known_transport(transport, source='null') -%}
    struct_pack(transport := {{ transport }}, source := cast({{ source }} as varchar))
{%- endmacro %}

{#-
    The first means of transport that a message may be about: of the relation `recipients`, what the request has; only if
    it has none, what is known of the person (`travellers`). `affected` lists those that the notice affects; if it is
    empty, it affects all.
-#}
{% macro transport_of_message(affected='[]') -%}
    list_filter(
        if(
            recipients.transport is null,
            travellers.transports,
            [{{ known_transport('recipients.transport') }}]
        ),
        lambda one: len({{ affected }}) = 0 or list_contains({{ affected }}, one.transport)
    )[1]
{%- endmacro %}
