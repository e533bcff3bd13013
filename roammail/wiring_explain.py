"""A small composition: what `explain` needs, the shipped rules and nothing else, so that an
answer takes no keyring, no outbox and no loop.
"""

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.rule_files import load_rules
from roammail.engine.explainer import Explainer


def explainer() -> Explainer:
    """Over the shipped rules, read at the first question."""
    return Explainer(load_rules, load_client_errors)
