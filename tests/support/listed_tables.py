"""Empty tables of the hub that a card lists, for hubs made by hand."""

TAX_OBJECTS_AND_LICENCES = """
create table work.hub.tax_objects (
    tax_object_id varchar, person_id varchar, taxpayer_key varchar, tax varchar, reference varchar,
    holding_right varchar, share_percent decimal(5, 2), property_use varchar, vehicle_class varchar,
    registered_on date);
create table work.hub.licences (
    licence_id varchar, licence_number varchar, person_id varchar, licence_kind varchar, valid_from date,
    valid_to date, place varchar);
"""
SUBSCRIPTIONS = """
create table work.hub.subscriptions (
    subscription_id varchar, person_id varchar, source_key varchar, service varchar, topic varchar,
    channel varchar, subscribed_on date, is_active boolean, zone_code varchar, bus_line varchar,
    district_code varchar, address varchar);
"""
