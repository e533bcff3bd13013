"""What is said beneath an address field that cannot stay as it is, in the person's language.

The reasons are `core.address`'s; one that is not here is said in its words.
"""

from roammail.ui.models.letter_check import Field
from roammail.ui.say import Say
from roammail.words.catalogue import N_

REASONS: dict[str, str] = {
    "it has no @": N_("“{address}” has no @. An address looks like ana@x.example."),
    "nothing stands before the @": N_("In “{address}” nothing stands before the @."),
    "nothing stands after the @": N_("In “{address}” nothing stands after the @."),
    "there are several addresses where one is wanted": N_("Only one address belongs here."),
    "a colon stands where none belongs": N_("In “{address}” a colon stands where none belongs."),
    "a < is not closed": N_("In “{address}” a > is missing."),
    "there is a control character before the @": N_(
        "“{address}” holds a character that cannot be seen."
    ),
    "the quoted part before the @ is broken": N_(
        "In “{address}” the quotation marks are not in order."
    ),
    "a dot stands at an edge or beside another before the @": N_(
        "In “{address}” a dot stands where none belongs."
    ),
    "there is a character before the @ that is not allowed": N_(
        "“{address}” holds a character that is not allowed before the @."
    ),
    "the domain is not a valid international name": N_(
        "What stands after the @ in “{address}” is not a domain."
    ),
    "the domain is not a valid name": N_("What stands after the @ in “{address}” is not a domain."),
    "a number address needs brackets, as in ana@[192.0.2.1]": N_(
        "In “{address}” a number address needs brackets, as in ana@[192.0.2.1]."
    ),
    "the address in brackets is not an IP address": N_(
        "What stands in brackets in “{address}” is not an IP address."
    ),
}
_ANY = N_("“{address}” is not a mail address.")


def address_problem(found: Field, say: Say) -> str:
    """One sentence; "" where nothing is wrong."""
    if not found.wrong:
        return ""
    if not found.reason:
        return found.wrong
    return say(REASONS.get(found.reason, _ANY), address=found.shown)
