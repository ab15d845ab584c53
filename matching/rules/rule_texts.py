"""The sentence of each rule, rail and reason, by its code: here and nowhere else.

Rules, rails, cases for review and explanations take it from here, and so do cards and commands.
"""

from matching.model.thresholds import REVIEW_BITS

# Of rails and of rules on pairs, by code. A rail and a rule with one code share the sentence.
RULE_TEXTS = {
    "two_valid_documents": "Two different valid documents of one kind would be in one person or organisation",
    "two_passports": "Two different passports, and neither a contact nor a second surname in common",
    "two_register_entries": "Two entries of one register without the same valid document",
    "one_form": "One form names both: a child, and an adult who answers for the child",
    "impossible": "One was born after the other was seen, or long before a form that is a child's",
    "given_name": "Different given names are different people, as in a family",
    "birth_date": "Different birth dates are different people",
    "name": "Different names are different organisations",
}

# Reasons for a case, by code. If two clusters have several reasons, the case has the first one.
CASE_TEXTS = {
    "two_valid_documents": RULE_TEXTS["two_valid_documents"],
    "two_passports": RULE_TEXTS["two_passports"],
    "document_contradicted": "The same valid document, but another name or birth date",
    "two_register_entries": RULE_TEXTS["two_register_entries"],
    "impossible": RULE_TEXTS["impossible"],
    # Only of the rail: a pair that the rule bars is no case.
    "birth_date": "Birth dates that differ in day, month and year",
    "disputed": "The mention fits two people about equally well",
    "document_shared": "The same valid document is held by another person or organisation",
    "borderline": f"Similar, but not enough to be linked: up to {REVIEW_BITS:g} bits are missing",
}

# Explanations if neither a steward nor a rule decided, by code.
EXPLANATION_TEXTS = {
    "document": "Both have the same valid document",
    "model": "The match weight is enough to link them",
    "last night": "The match weight is too low for a new link, but enough to keep last night's person together",
    "chain": "A chain of links joins them",
    "unknown": "No chain of links joins them under the present rules, which have changed since that night",
    "in_review": "A mention is disputed, so it belongs to nobody until a steward decides: it fits two people, or has a "
    "document that another person has",
    "stronger_link": "One of them has a stronger link to a third mention, and a rule bars the three from being one "
    "person",
    "too_little": "The match weight is too low",
    "never_compared": "No candidate pair of a mention of each has a match weight above 0",
}
