"""Given names that are forms of one another in Catalan and Spanish, and the key that they share.

Accents, particles and case are for the dbt models: names arrive here normalised.
"""

import duckdb

_FORMS: dict[str, str] = {
    "JOSEP": "JOSE PEP PEPE PEPET",
    "JOAN": "JUAN",
    "FRANCESC": "FRANCISCO XESC CESC PACO QUICO",
    "JORDI": "JORGE",
    "ANTONI": "ANTONIO TONI",
    "MANEL": "MANUEL MANOLO MANU",
    "PERE": "PEDRO",
    "PAU": "PABLO",
    "LLUIS": "LUIS",
    "CARLES": "CARLOS",
    "JAUME": "JAIME",
    "MIQUEL": "MIGUEL",
    "ENRIC": "ENRIQUE QUIQUE",
    "RAMON": "MONCHO",
    "EDUARD": "EDUARDO EDU",
    "XAVIER": "JAVIER XAVI JAVI",
    "ANDREU": "ANDRES",
    "ALEXANDRE": "ALEJANDRO ALEX",
    "RAFAEL": "RAFA RAFEL",
    "VICENC": "VICENTE",
    "FERRAN": "FERNANDO",
    "ROSER": "ROSARIO",
    "DOLORS": "DOLORES LOLA",
    "MONTSERRAT": "MONTSE",
    "MERCE": "MERCEDES",
    "CONCEPCIO": "CONCEPCION CONXITA CONCHA",
    "NURIA": "NURI",
    "TERESA": "TERE",
    "ISABEL": "ISA",
    "CRISTINA": "CRIS",
    "ELISABET": "ELISABETH ELI",
    "IMMACULADA": "INMACULADA INMA IMMA",
    "ASSUMPCIO": "ASUNCION ASSUMPTA",
    "ESPERANCA": "ESPERANZA",
    "MARGARIDA": "MARGARITA MARGA",
    "CATERINA": "CATALINA",
    "ANNA": "ANA",
    "JOANA": "JUANA",
    "ROSA": "ROSITA",
    "PILAR": "PILI",
    "MARIA": "MA",
}


def create_given_name_forms(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp table `given_name_forms` (form, usual)."""
    rows = [[form, usual] for usual, forms in _FORMS.items() for form in forms.split()]
    connection.execute("create or replace temp table given_name_forms (form varchar primary key, usual varchar)")
    connection.executemany("insert into given_name_forms values (?, ?)", rows)
