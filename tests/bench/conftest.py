"""The real servers of the laboratory, for measurements."""

from tests.lab.conftest import mail_server as mail_server
