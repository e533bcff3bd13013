"""Mail from other programs on this computer: the loopback service and the sendmail command."""
