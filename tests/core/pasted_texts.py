"""What people paste: log lines, error boxes, exceptions, transcripts; with what each holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pasted:
    """A text, and what is to be found in it. Code 0: nobody said one; None: not looked at."""

    text: str
    code: int
    enhanced: str | None = None
    stage: str | None = None
    kind: str | None = None


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
    Pasted("0x800CCC79: 550 5.7.1 Unable to relay", 550, "5.7.1", None, "relay-denied"),
]
