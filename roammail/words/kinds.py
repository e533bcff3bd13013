"""The sentences for each kind of diagnosis: a headline, an explanation, a short name.

Only texts; no logic. A headline has ten words at most. An explanation uses no word that a
person at a hotel desk would have to look up.
"""

from roammail.core.diagnosis import Kind
from roammail.words.catalogue import N_

K = Kind

SHORT: dict[Kind, str] = {
    K.RELAY_DENIED: N_("Relay refused"),
    K.AUTH_REQUIRED: N_("Sign-in needed"),
    K.AUTH_FAILED: N_("Wrong password"),
    K.APP_PASSWORD_REQUIRED: N_("App password needed"),
    K.AUTH_MECHANISM: N_("Sign-in method"),
    K.TLS_REQUIRED: N_("Encryption needed"),
    K.TLS_FAILED: N_("Encryption failed"),
    K.SENDER_NOT_ALLOWED: N_("Sender not allowed"),
    K.SENDER_INVALID: N_("Sender invalid"),
    K.SENDER_POLICY: N_("Sender check failed"),
    K.IP_BLOCKED: N_("Network address blocked"),
    K.PORT_OR_NETWORK_BLOCKED: N_("Port blocked"),
    K.RATE_LIMITED: N_("Sending limit"),
    K.GREYLISTED: N_("Asked to wait"),
    K.QUOTA_OR_ACCOUNT: N_("Account blocked"),
    K.TOO_LARGE: N_("Message too large"),
    K.TOO_MANY_RECIPIENTS: N_("Too many recipients"),
    K.RECIPIENT_UNKNOWN: N_("Recipient unknown"),
    K.MAILBOX_FULL: N_("Mailbox full"),
    K.RECIPIENT_INVALID: N_("Recipient address invalid"),
    K.CONTENT_REJECTED: N_("Content refused"),
    K.SERVER_BUSY: N_("Server busy"),
    K.HELO_REJECTED: N_("Greeting refused"),
    K.PROTOCOL_ERROR: N_("Misunderstanding"),
    K.SMTPUTF8_UNSUPPORTED: N_("Address characters"),
    K.OTHER: N_("Refused"),
    K.DNS_FAILED: N_("Server not found"),
    K.UNREACHABLE: N_("Not reachable"),
    K.TIMED_OUT: N_("No answer"),
    K.CAPTIVE_PORTAL: N_("Network sign-in page"),
    K.INTERCEPTED: N_("Another server answers"),
    K.STARTTLS_STRIPPED: N_("Encryption removed"),
    K.CERTIFICATE_UNTRUSTED: N_("Certificate not trusted"),
    K.CONNECTION_LOST: N_("Connection lost"),
    K.UNCERTAIN: N_("Perhaps sent"),
}

HEADLINES: dict[Kind, str] = {
    K.RELAY_DENIED: N_("This server does not pass on mail from here"),
    K.AUTH_REQUIRED: N_("The server wants you to sign in first"),
    K.AUTH_FAILED: N_("The server refused the user name or password"),
    K.APP_PASSWORD_REQUIRED: N_("Your provider wants an app password"),
    K.AUTH_MECHANISM: N_("The server does not accept this way of signing in"),
    K.TLS_REQUIRED: N_("The server accepts encrypted connections only"),
    K.TLS_FAILED: N_("The encrypted connection could not be set up"),
    K.SENDER_NOT_ALLOWED: N_("You may not send as this address here"),
    K.SENDER_INVALID: N_("The server does not accept the sender address"),
    K.SENDER_POLICY: N_("The message failed the sender's own authenticity check"),
    K.IP_BLOCKED: N_("The server refuses mail from this network's address"),
    K.PORT_OR_NETWORK_BLOCKED: N_("This network blocks the way to the mail server"),
    K.RATE_LIMITED: N_("Too much was sent in a short time"),
    K.GREYLISTED: N_("The server asks to try again in a while"),
    K.QUOTA_OR_ACCOUNT: N_("Your account may not send at the moment"),
    K.TOO_LARGE: N_("The message is too large"),
    K.TOO_MANY_RECIPIENTS: N_("The message has too many recipients"),
    K.RECIPIENT_UNKNOWN: N_("The recipient's address does not exist"),
    K.MAILBOX_FULL: N_("The recipient's mailbox is full"),
    K.RECIPIENT_INVALID: N_("The recipient's address cannot be right"),
    K.CONTENT_REJECTED: N_("The server refused what the message contains"),
    K.SERVER_BUSY: N_("The server cannot help at the moment"),
    K.HELO_REJECTED: N_("The server did not accept how this computer greeted"),
    K.PROTOCOL_ERROR: N_("The server and the app did not understand each other"),
    K.SMTPUTF8_UNSUPPORTED: N_("The server cannot handle characters in an address"),
    K.OTHER: N_("The server refused and did not say clearly why"),
    K.DNS_FAILED: N_("The mail server's name was not found"),
    K.UNREACHABLE: N_("The mail server cannot be reached from here"),
    K.TIMED_OUT: N_("The mail server did not answer in time"),
    K.CAPTIVE_PORTAL: N_("This network wants you to sign in first"),
    K.INTERCEPTED: N_("Something else answers in place of your mail server"),
    K.STARTTLS_STRIPPED: N_("Encryption is missing; nothing was sent"),
    K.CERTIFICATE_UNTRUSTED: N_("The server could not prove who it is"),
    K.CONNECTION_LOST: N_("The connection broke off"),
    K.UNCERTAIN: N_("The message may or may not have been sent"),
}

EXPLANATIONS: dict[Kind, str] = {
    K.RELAY_DENIED: N_(
        "A mail server passes on mail to other places (relays) only for people it knows: those in "
        "its own network, or those who have signed in. From here you are a stranger to it. The "
        "message itself is fine and can go through another profile."
    ),
    K.AUTH_REQUIRED: N_(
        "The server takes mail to send only after a sign-in with user name and password, and "
        "none was made. Turn on sign-in for this profile."
    ),
    K.AUTH_FAILED: N_(
        "The server did not accept the user name and password together. Either one was mistyped, "
        "or the password has changed. The profile is paused so that repeated tries do not lock "
        "your account."
    ),
    K.APP_PASSWORD_REQUIRED: N_(
        "Your provider does not let mail programs use your everyday password. It wants an app "
        "password (made for one program, in your account's security settings), or the sign-in has "
        "to be allowed there first."
    ),
    K.AUTH_MECHANISM: N_(
        "There are several ways to hand over a password, and this server does not offer or allow "
        "the one that was used. It may not offer any sign-in on this port."
    ),
    K.TLS_REQUIRED: N_(
        "The server refuses to go on without encryption, which protects your password and mail. "
        "The profile has to use an encrypted port."
    ),
    K.TLS_FAILED: N_(
        "Server and app could not agree on an encrypted connection, so nothing was sent. The "
        "server may have a fault, or this network disturbs the connection."
    ),
    K.SENDER_NOT_ALLOWED: N_(
        "The server allows your account to send from certain addresses only, and this sender "
        "address is not one of them. Use the profile that belongs to the address, or have the "
        "address confirmed at the provider."
    ),
    K.SENDER_INVALID: N_(
        "The sender address is misspelt, or its domain does not exist or cannot receive mail. "
        "Check the address in the profile."
    ),
    K.SENDER_POLICY: N_(
        "The owner of a domain publishes which servers may send its mail (SPF, DKIM, DMARC). This "
        "message came another way or lacked the signature, so it was refused. Send through the "
        "provider of this address."
    ),
    K.IP_BLOCKED: N_(
        "Every network shows an address on the Internet. The server does not take mail from this "
        "one, often because it stands on a blocklist or belongs to a home or guest network. You "
        "did nothing wrong; another server or another network helps."
    ),
    K.PORT_OR_NETWORK_BLOCKED: N_(
        "The network you are in lets the web through but stops or changes this kind of mail "
        "connection. Another port or another network usually works."
    ),
    K.RATE_LIMITED: N_(
        "The server limits how much may be sent, or how often one may connect, within a time. "
        "The limit is used up; it opens again by itself."
    ),
    K.GREYLISTED: N_(
        "The server turns away every unknown sender once and accepts the second try a few minutes "
        "later. This is meant to stop junk mail. The app tries again by itself."
    ),
    K.QUOTA_OR_ACCOUNT: N_(
        "The provider has stopped sending for your account: it may be blocked, not yet activated, "
        "unpaid or out of credit. The password is not the problem. Look into your account at the "
        "provider."
    ),
    K.TOO_LARGE: N_(
        "The message with its attachments is larger than the server takes. Make the attachments "
        "smaller or send a link to them."
    ),
    K.TOO_MANY_RECIPIENTS: N_(
        "The server takes only so many recipients in one message. The message can be sent to them "
        "in several smaller groups."
    ),
    K.RECIPIENT_UNKNOWN: N_(
        "The server that should receive the message knows no mailbox of this name, or takes no "
        "mail for it. Check the address for typing errors, or ask the person for the current one."
    ),
    K.MAILBOX_FULL: N_(
        "There is no room left in the recipient's mailbox. It is their turn to tidy up; reach "
        "them some other way, or try again later."
    ),
    K.RECIPIENT_INVALID: N_(
        "The recipient's address is not complete or not well formed, or its domain does not exist "
        "or takes no mail. Check the address for typing errors."
    ),
    K.CONTENT_REJECTED: N_(
        "A filter took the message for junk, or found an attachment or a form that it does not "
        "allow. Other servers would probably refuse it too; change the message."
    ),
    K.SERVER_BUSY: N_(
        "The server is overloaded, under maintenance or has a passing fault. Nothing is wrong "
        "with your settings or your message. Trying again later helps."
    ),
    K.HELO_REJECTED: N_(
        "At the start of a conversation the computer says its name, and the server did not like "
        "it. This depends on the app's settings and on this network, not on your message."
    ),
    K.PROTOCOL_ERROR: N_(
        "One side said something that the other did not expect. Often the port belongs to another "
        "service, or something in between changes the conversation."
    ),
    K.SMTPUTF8_UNSUPPORTED: N_(
        "An address contains characters such as umlauts or other scripts before the @ sign. This "
        "server cannot handle them. Use another spelling of the address, or another profile."
    ),
    K.OTHER: N_(
        "The server said no, and its words do not tell the reason clearly. They are shown below; "
        "the provider can say what they mean."
    ),
    K.DNS_FAILED: N_(
        "The Internet's directory did not give an address for the server's name. Either the name "
        "in the profile is misspelt, or this network's directory does not work properly."
    ),
    K.UNREACHABLE: N_(
        "No connection came about. The server may be down, the port may be wrong, or this network "
        "does not let the connection through."
    ),
    K.TIMED_OUT: N_(
        "The app waited, and nothing came back. The server may be overloaded, or this network "
        "swallows the connection without a word."
    ),
    K.CAPTIVE_PORTAL: N_(
        "Hotels, trains and cafés first show a page to sign in or to accept their terms, and hold "
        "back everything else until then. Open that page; your mail waits."
    ),
    K.INTERCEPTED: N_(
        "What answered is not the server known from before: a device of this network or a virus "
        "scanner has put itself in between. Your password was not sent."
    ),
    K.STARTTLS_STRIPPED: N_(
        "The server should offer to switch to an encrypted connection, and here the offer is "
        "missing. Networks sometimes remove it. Your password was not sent in the clear."
    ),
    K.CERTIFICATE_UNTRUSTED: N_(
        "An encrypted connection begins with the server showing a certificate, a kind of identity "
        "card. This one cannot be trusted, so nothing was sent."
    ),
    K.CONNECTION_LOST: N_(
        "The connection ended in the middle of the conversation. The message had not been handed "
        "over, so it is safe to try again."
    ),
    K.UNCERTAIN: N_(
        "The whole message had gone out when the connection broke, before the server's answer "
        "came. It may have been accepted. Sending it again could deliver it twice, so the app "
        "leaves the choice to you."
    ),
}

#: More exact sentences where the reason is known.
REASONS: dict[tuple[Kind, str], str] = {
    (K.CERTIFICATE_UNTRUSTED, "expired"): N_(
        "The server showed a certificate, a kind of identity card, whose time is over or has not "
        "begun. If this computer's clock is right, the provider has to renew it. Nothing was sent."
    ),
    (K.CERTIFICATE_UNTRUSTED, "name"): N_(
        "The server showed a certificate, a kind of identity card, that belongs to another name. "
        "Either the server's name in the profile is wrong, or something else answers here. "
        "Nothing was sent."
    ),
    (K.CERTIFICATE_UNTRUSTED, "issuer"): N_(
        "The server showed a certificate, a kind of identity card, from an issuer that this "
        "computer does not trust. It may be home-made, or something in between put it in. "
        "Nothing was sent."
    ),
    (K.AUTH_FAILED, "secret-missing"): N_(
        "There is no password for this profile in the keyring. Enter it once, and the app keeps "
        "it there."
    ),
    (K.AUTH_FAILED, "paused"): N_(
        "The server refused this password before, so it is not tried again: repeated tries could "
        "lock your account. Enter the right password to go on."
    ),
    (K.AUTH_MECHANISM, "not-offered"): N_(
        "The server offers no sign-in on this connection, though the profile wants one. Another "
        "port of the same provider usually does."
    ),
    (K.OTHER, "damaged"): N_(
        "The disk no longer holds this message as it was taken, so nothing of it was delivered. "
        "Write it again, and have the disk checked."
    ),
}

REASON_HEADLINES: dict[tuple[Kind, str], str] = {
    (K.AUTH_FAILED, "secret-missing"): N_("The password for this profile is missing"),
    (K.AUTH_FAILED, "paused"): N_("This profile waits for the right password"),
    (K.CERTIFICATE_UNTRUSTED, "expired"): N_("The server's certificate is out of date"),
    (K.CERTIFICATE_UNTRUSTED, "name"): N_("The certificate belongs to another server"),
    (K.AUTH_MECHANISM, "not-offered"): N_("The server offers no sign-in here"),
    (K.OTHER, "damaged"): N_("The message was damaged on the disk"),
}
