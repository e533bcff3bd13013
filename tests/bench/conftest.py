"""The real servers of the laboratory, for measurements."""

from tests.lab.conftest import keyring as keyring
from tests.lab.conftest import mail_server as mail_server
from tests.lab.conftest import person as person
from tests.lab.conftest import town as town
