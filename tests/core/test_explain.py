"""Where a server's words are found in what people paste, and what each text means."""

import json
import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.rule_files import load_rules
from roammail.core.client_errors import ClientErrorsBroken, build_client_errors
from roammail.core.diagnosis import Diagnosis, Kind
from roammail.core.explain import PASTE_LIMIT, explain_text, find_reply
from roammail.core.stage import Stage


@dataclass(frozen=True)
class Pasted:
    """A text, and what is to be found in it. Code 0: nobody said one; None: not looked at."""

    text: str
    code: int
    enhanced: str | None = None
    stage: str | None = None
    kind: str | None = None


def explained(text: str, stage: Stage | None = None) -> Diagnosis:
    return explain_text(text, stage, None, load_rules(), load_client_errors())


PASTED = [
    Pasted(
        (
            "Nov  2 10:00:00 out postfix/smtp[4242]: 4XyZ12: to=<bob@far.example>, relay=mx.far.e"
            "xample[192.0.2.7]:25, delay=0.55, delays=0.1/0/0.3/0.15, dsn=5.7.1, status=bounced ("
            "host mx.far.example[192.0.2.7] said: 554 5.7.1 <bob@far.example>: Relay access denie"
            "d (in reply to RCPT TO command))"
        ),
        554,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "2026-11-02T10:00:00.550123+01:00 out postfix/smtpd[550]: NOQUEUE: reject: RCPT from "
            "laptop.example[198.51.100.4]: 554 5.7.1 <bob@far.example>: Relay access denied; from"
            "=<ana@sender.example> to=<bob@far.example> proto=ESMTP helo=<laptop>"
        ),
        554,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "Nov 2 10:00:00 out postfix/smtp[12]: 4X: to=<b@far.example>, relay=none, delay=500, "
            "status=deferred (host mx[192.0.2.7] refused to talk to me: 554 5.7.1 Service unavail"
            "able; Client host [198.51.100.4] blocked using bl.example)"
        ),
        554,
        "5.7.1",
        "greet",
        "ip-blocked",
    ),
    Pasted(
        (
            "2026-11-02 10:00:00 1abCDe-000550-Xy ** bob@far.example R=smarthost T=remote_smtp H="
            "smtp.isp.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<bob@"
            "far.example>: 550 relay not permitted"
        ),
        550,
        None,
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "2026-11-02 10:00:00 1abCDe-0005 == bob@far.example R=dnslookup T=remote_smtp defer ("
            "-44) H=mx.far.example [192.0.2.7]: SMTP error from remote mail server after RCPT TO:"
            "<bob@far.example>: 451 4.7.1 greylisted, try in 300 seconds"
        ),
        451,
        "4.7.1",
        "relay",
        "greylisted",
    ),
    Pasted(
        (
            "2026-11-02 10:00:00 H=(laptop) [198.51.100.4] F=<ana@sender.example> rejected RCPT <"
            "bob@far.example>: relay not permitted"
        ),
        0,
        None,
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "Nov  2 10:00:00 sm sendmail[550]: 1A2B3C: to=<bob@far.example>, delay=00:00:01, xdel"
            "ay=00:00:01, mailer=esmtp, pri=450, relay=mx.far.example. [192.0.2.7], dsn=5.7.1, re"
            "ply=550 5.7.1 <bob@far.example>... Relaying denied, stat=Service unavailable"
        ),
        550,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        (
            "Nov  2 10:00:00 sm sendmail[551]: 1A2B3C: to=<bob@far.example>, dsn=5.1.1, stat=User"
            " unknown"
        ),
        0,
        "5.1.1",
        None,
        "recipient-unknown",
    ),
    Pasted(
        (
            "Nov  2 10:00:00 bsd smtpd[42]: 5f mta delivery evpid=550 from=<ana@sender.example> t"
            'o=<bob@far.example> source="198.51.100.4" relay="192.0.2.7 (mx)" delay=1s result="Pe'
            'rmFail" stat="550 5.7.1 Relaying denied"'
        ),
        550,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        (
            "Nov 02 10:00:00 host=smtp.isp.example tls=on auth=off from=ana@sender.example recipi"
            "ents=bob@far.example smtpstatus=550 smtpmsg='550 5.7.1 Relaying denied' errormsg='re"
            "cipient address bob@far.example not accepted by the server' exitcode=EX_DATAERR"
        ),
        550,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "An error occurred while sending mail. The mail server responded:\n5.7.1 <bob@far.exam"
            'ple>: Relay access denied.\nPlease check the message recipient "bob@far.example" and '
            "try again."
        ),
        0,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "Fehler beim Senden der Nachricht: Der Mail-Server antwortete:\n5.7.1 <bob@far.example"
            '>: Relay access denied.\n Bitte überprüfen Sie die E-Mail-Adresse des Empfängers "bob'
            '@far.example" und wiederholen Sie den Vorgang.'
        ),
        0,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "Une erreur est survenue lors de l’envoi du courrier : le serveur de messagerie a rép"
            "ondu :\n relay not permitted.\nVérifiez le destinataire « bob@far.example » et réessay"
            "ez."
        ),
        0,
        None,
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "Hubo un error mientras se enviaba el correo: El servidor de correo respondió:\n 550 r"
            'elay not permitted.\nRevisa el destinatario "bob@far.example" e inténtalo de nuevo.'
        ),
        550,
        None,
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "The message could not be sent because one of the recipients was rejected by the serv"
            "er. The rejected e-mail address was 'bob@far.example'. Subject '500 euros', Account:"
            " 'mail.sender.example', Server: 'mail.sender.example', Protocol: SMTP, Server Respon"
            "se: '550 5.7.1 Unable to relay for bob@far.example', Port: 587, Secure(SSL): No, Ser"
            "ver Error: 550, Error Number: 0x800CCC79"
        ),
        550,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        "Error 0x800CCC79",
        0,
        None,
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "Sending reported error (0x800CCC0E): Outlook cannot connect to your outgoing (SMTP) "
            "e-mail server."
        ),
        0,
        None,
        "connect",
        "unreachable",
    ),
    Pasted(
        "0x80042109",
        0,
        None,
        "connect",
        "unreachable",
    ),
    Pasted(
        "0x800CCC1A",
        0,
        None,
        "encrypt",
        "tls-failed",
    ),
    Pasted(
        "Fehlernummer: 0x800ccc92",
        0,
        None,
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        "0x800CCC78",
        0,
        None,
        "sender",
        "sender-not-allowed",
    ),
    Pasted(
        "Account: x, Port: 465, Secure(SSL): Yes, Error Number: 0x800CCC0F",
        0,
        None,
        None,
        "connection-lost",
    ),
    Pasted(
        "0x800CCC67",
        0,
        None,
        None,
        "server-busy",
    ),
    Pasted(
        (
            "Cannot send message using the server smtp.isp.example\n\nThe server response was: 5.7."
            "1 <bob@far.example>: Relay access denied\n\nSelect a different outgoing mail server fr"
            "om the list below."
        ),
        0,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        "SMTP session failed: 554 5.7.1 <bob@far.example>: Relay access denied",
        554,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        (
            "msmtp: recipient address bob@far.example not accepted by the server\nmsmtp: server me"
            "ssage: 550-5.7.1 You must sign in\nmsmtp: server message: 550 5.7.1 before you may re"
            "lay\nmsmtp: could not send mail (account default from /home/ana/.msmtprc)"
        ),
        550,
        "5.7.1",
        "relay",
        "auth-required",
    ),
    Pasted(
        (
            "msmtp: authentication failed (method PLAIN)\nmsmtp: server message: 535 5.7.8 Error: "
            "authentication failed\nmsmtp: could not send mail"
        ),
        535,
        "5.7.8",
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        (
            "5.7.0 Must issue a STARTTLS command first. at /usr/lib/git-core/git-send-email line "
            "1550"
        ),
        0,
        "5.7.0",
        None,
        "tls-required",
    ),
    Pasted(
        (
            'Traceback (most recent call last):\n  File "a.py", line 550, in <module>\nsmtplib.SMTP'
            "RecipientsRefused: {'bob@far.example': (554, b'5.7.1 <bob@far.example>: Relay access"
            " denied')}"
        ),
        554,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Username and Password not accepted. F"
            "or more information, go to\\n5.7.8  https://support.example ab12 - gsmtp')"
        ),
        535,
        "5.7.8",
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        '(550, b"5.7.1 you\'re not allowed to relay")',
        550,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        "SMTPSenderRefused(530, b'5.7.0 Authentication Required.', 'ana@sender.example')",
        530,
        "5.7.0",
        "sender",
        "auth-required",
    ),
    Pasted(
        (
            "Error: Can't send mail - all recipients were rejected: 554 5.7.1 <bob@far.example>: "
            "Relay access denied\n    at SMTPConnection._formatError (/x/index.js:790:19) {\n  code"
            ": 'EENVELOPE',\n  response: '554 5.7.1 <bob@far.example>: Relay access denied',\n  res"
            "ponseCode: 554,\n  command: 'RCPT TO',\n}"
        ),
        554,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "=== Trying smtp.isp.example:587...\n=== Connected to smtp.isp.example.\n<-  220 smtp.i"
            "sp.example ESMTP\n -> EHLO laptop\n<- "
            " 250-smtp.isp.example\n<-  250-SIZE 52428800\n<-  "
            "250 8BITMIME\n -> MAIL FROM:<ana@sender.example>\n<-  250"
            " 2.1.0 Ok\n -> RCPT TO:<bob@fa"
            "r.example>\n<** 554 5.7.1 <bob@far.example>: Relay access"
            " denied\n -> QUIT\n<-  221 2.0"
            ".0 Bye\n=== Connection closed with remote host."
        ),
        554,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "220 smtp.isp.example ESMTP\nEHLO"
            " laptop\n250-smtp.isp.example\n250 AUTH PLAIN LOGIN\nAUT"
            "H PLAIN xxxx\n535 5.7.8 Authentication credentials invalid\nQUIT\n221 Bye"
        ),
        535,
        "5.7.8",
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        (
            "> RCPT TO:<bob@far.example>\n< 550 5.7.1 relaying denied\n*"
            " RCPT failed: 550\n> QUIT\n< "
            "221 bye\ncurl: (55) RCPT failed: 550"
        ),
        550,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        "curl: (55) RCPT failed: 550",
        550,
        None,
        "relay",
        None,
    ),
    Pasted(
        "curl: (67) Login denied",
        0,
        None,
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        "<<< 550-5.7.1 not\n<<< 550 5.7.1 relaying\n>>> QUIT",
        550,
        "5.7.1",
        None,
        None,
    ),
    Pasted(
        (
            "Please try again in 500 seconds, the mailbox of 550@far.example was busy (512 kB of "
            "550 MB)"
        ),
        0,
        None,
        None,
        None,
    ),
    Pasted(
        "Anmeldung auf dem Postausgangsserver mail.isp.example fehlgeschlagen.",
        0,
        None,
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        (
            "Die Nachricht konnte nicht gesendet werden, weil die Verbindung mit dem SMTP-Server "
            "mail.isp.example ihre Ablaufzeit (Timeout) überschritten hat. Versuchen Sie es nochm"
            "als."
        ),
        0,
        None,
        "connect",
        "timed-out",
    ),
    Pasted(
        (
            "Der SMTP-Server mail.isp.example unterstützt die gewählte Authentifizierungsmethode "
            "nicht."
        ),
        0,
        None,
        "sign-in",
        "auth-mechanism",
    ),
    Pasted(
        (
            "No se pudo conectar con el servidor de correo saliente smtp.isp.example por el puert"
            "o 587"
        ),
        0,
        None,
        "connect",
        "unreachable",
    ),
    Pasted(
        "Impossible de s’authentifier auprès du serveur sortant (SMTP) smtp.isp.example.",
        0,
        None,
        "sign-in",
        "auth-failed",
    ),
    Pasted(
        (
            "The recipient “bob@far.example” was rejected by the server because it does not allow"
            " relaying."
        ),
        0,
        None,
        "relay",
        "relay-denied",
    ),
    Pasted(
        "The server responded: 550 5.7.1 Unable to relay",
        550,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        (
            "com.sun.mail.smtp.SMTPAddressFailedException: 550 5.7.1 Relaying denied\n\tat com.sun."
            "mail.smtp.SMTPTransport.rcptTo(SMTPTransport.java:1550)"
        ),
        550,
        "5.7.1",
        "relay",
        "relay-denied",
    ),
    Pasted(
        (
            "System.Net.Mail.SmtpFailedRecipientException: Mailbox unavailable. The server respon"
            "se was: 5.7.1 Unable to relay"
        ),
        0,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        (
            'Hello, my mail program on port 587 says "554 5.7.1 <bob@far.example>: Relay access d'
            'enied" since Tuesday at 5:50. What is it? I pay 450 euros.'
        ),
        554,
        "5.7.1",
        None,
        "relay-denied",
    ),
    Pasted(
        "550",
        550,
        None,
        None,
        None,
    ),
    Pasted(
        "550 5.7.1",
        550,
        "5.7.1",
        None,
        None,
    ),
]


@pytest.mark.parametrize("pasted", PASTED, ids=lambda pasted: pasted.text[:40])
def test_the_servers_words_are_found(pasted: Pasted) -> None:
    found = find_reply(pasted.text, load_client_errors())
    assert (found.reply.code if found.said_code else 0) == pasted.code
    if pasted.enhanced is not None:
        assert found.reply.enhanced == pasted.enhanced
    read = explained(pasted.text)
    assert read.reply is None or read.reply.code == pasted.code
    if pasted.stage is not None:
        assert read.stage == Stage(pasted.stage)
    if pasted.kind is not None:
        assert read.kind == Kind(pasted.kind)


@pytest.mark.parametrize(
    "text",
    [
        "try again in 500 seconds",
        "500 seconds more",
        "the file has 512 kB of 550 MB",
        "write to 550@far.example or 5.5.0.1",
        "port 587, 465 or 25",
        "Port: 587, Secure(SSL): Yes",
        "2026-11-02 10:05:50 nothing happened",
        "call (555) 123-4567",
        "550000 letters",
        "it costs 450 euros",
    ],
)
def test_digits_that_are_no_code(text: str) -> None:
    assert find_reply(text).reply.code == 0


def test_a_stage_that_the_person_names_wins() -> None:
    said = "550 5.7.1 no (in reply to RCPT TO command)"
    assert explained(said, Stage.CONTENT).stage is Stage.CONTENT
    assert explained(said).stage is Stage.RELAY


def test_a_code_that_nobody_said_is_not_shown() -> None:
    read = explained("5.7.1 Relaying denied")
    assert read.reply is not None
    assert read.reply.code == 0
    assert not any(item == "550" for item in read.evidence)


def test_the_cause_counts_and_not_what_follows_from_it() -> None:
    said = "<<< 550 5.7.1 relaying denied\n>>> DATA\n<<< 503 5.5.1 no valid recipients\n"
    assert find_reply(said).reply.code == 550


def test_several_lines_of_one_reply_are_one() -> None:
    said = "550-5.7.1 first\n550-5.7.1 second\n550 5.7.1 third"
    reply = find_reply(said).reply
    assert (reply.code, reply.enhanced, reply.lines) == (550, "5.7.1", ("first", "second", "third"))


def test_lines_of_a_log_do_not_run_into_each_other() -> None:
    line = (
        "Nov  2 10:00:0{} out postfix/smtp[1]: to=<b{}@far.example>, "
        "status=bounced (host mx said: 550 5.1.1 no {})"
    )
    said = "\n".join(line.format(n, n, n) for n in range(3))
    assert find_reply(said).reply.text.rstrip(")") == "no 2"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    explained(text)


_PIECES = st.sampled_from(
    [
        "550",
        "5.7.1",
        " ",
        "-",
        "\n",
        "said: ",
        "'",
        "(",
        "<",
        ">",
        "a@b.example",
        ": ",
        "RCPT TO:",
        ">>> ",
        "<<< ",
        "in reply to ",
        "smtpmsg='",
        "0x800CCC79",
        "\r",
        "\0",
        "dsn=",
        "\\",
        "b'",
        ",",
        "#",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=120).map("".join))
def test_any_mixture_of_what_is_looked_for_has_an_answer(text: str) -> None:
    explained(text)


@pytest.mark.parametrize(
    "bait",
    [
        "(550,'",
        "(550, b'\\",
        "smtpstatus=550 ",
        "dsn=5.1.1 ",
        "#5.1.1\n",
        "rejected RCPT ",
        "550-x\n",
        "'550 ",
        "said: 550 ",
        "in reply to ",
        "after pipelined ",
        "; from=<",
        " (in reply to ",
        "İ",
        "server responded: ",
        ">>> RCPT TO:<a@b.example>\n",
        "\0",
        "\r",
        " ",
        "unable to connect ",
    ],
)
def test_baits_take_linear_time(bait: str) -> None:
    started = time.process_time()
    explained((bait * (PASTE_LIMIT // len(bait) + 1))[:PASTE_LIMIT])
    assert time.process_time() - started < 1.0


def test_ten_megabytes_are_no_longer_than_the_first_part() -> None:
    started = time.process_time()
    assert explained("x " * 5_000_000).kind is Kind.OTHER
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "data",
    [
        {"numbers": []},
        {"number": [{"code": ["0x12"], "kind": "other"}]},
        {"number": [{"code": ["0x800CCC79", "0x800ccc79"], "kind": "other"}]},
        {"number": [{"code": "0x800CCC79"}]},
        {"sentence": [{"says": ["no"], "kind": "other"}]},
        {"sentence": [{"says": ["a sentence"], "kind": "moon"}]},
        {"sentence": [{"says": ["a sentence"], "stage": "moon"}]},
        {"sentence": [{"says": ["a sentence"], "colour": "red"}]},
    ],
    ids=json.dumps,
)
def test_broken_data_says_where(data: dict[str, object]) -> None:
    with pytest.raises(ClientErrorsBroken):
        build_client_errors(data)
