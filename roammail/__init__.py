"""RoamMail: sends mail through the first outgoing profile that works where you are."""

__version__ = "0.1.0"
