"""The laboratory itself, asked by Python's own client: what the other tests stand on."""

import base64
import smtplib
import ssl

import pytest

from tests.canary import secret
from tests.lab.conftest import MailServer

pytestmark = [
    pytest.mark.needs("root", "postfix", "dovecot"),
    pytest.mark.xdist_group("mail-server"),
]


def test_submission_with_starttls_signs_in_and_delivers(mail_server: MailServer) -> None:
    context = ssl.create_default_context(cafile=mail_server.ca_file)
    content = b"Subject: caf\xc3\xa9\r\nMessage-ID: <1@post.example>\r\n\r\n..\r\n" + b"x" * 3000
    with smtplib.SMTP("localhost", mail_server.postfix.starttls) as client:
        client.starttls(context=context)
        client.login(mail_server.user, mail_server.password)
        client.sendmail(mail_server.user, ["a@elsewhere.example"], content, ["BODY=8BITMIME"])
    mail_server.postfix.await_delivered(lambda raw: b"<1@post.example>" in raw)
    arrived = mail_server.postfix.delivered()[-1]
    assert arrived.endswith(b"\n\n..\n" + b"x" * 3000 + b"\n")


def test_submission_with_implicit_tls_refuses_a_wrong_password(mail_server: MailServer) -> None:
    context = ssl.create_default_context(cafile=mail_server.ca_file)
    before = mail_server.postfix.refused_sign_ins(), mail_server.dovecot.refusals()
    with smtplib.SMTP_SSL("localhost", mail_server.postfix.implicit, context=context) as client:
        client.ehlo()
        code, _ = client.docmd("AUTH", "PLAIN " + _plain(mail_server.user, secret("wrong")))
    assert code == 535
    mail_server.postfix.await_refused_sign_ins(before[0] + 1)
    assert mail_server.dovecot.refusals() == before[1] + 1


def test_a_foreign_exchanger_relays_for_nobody(mail_server: MailServer) -> None:
    with smtplib.SMTP("localhost", mail_server.postfix.exchanger) as client:
        client.ehlo()
        assert client.mail(mail_server.user)[0] == 250
        code, text = client.rcpt("a@third.example")
    assert code == 554
    assert b"Relay access denied" in text


def _plain(user: str, password: str) -> str:
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()
