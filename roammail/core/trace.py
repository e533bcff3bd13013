"""The trace that our own submission service leaves on what other programs hand in."""

#: How the header of such a message begins (RFC 5321 section 4.4). No name of this computer: it
#: is nobody's business out there.
BY_PROGRAM = b"Received: from localhost by localhost (RoamMail)"
