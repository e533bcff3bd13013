"""The traveller's profiles, the same in every place, in order of preference."""

from dataclasses import dataclass

from tests.lab.world.servers import SECOND, TRAVELLER


@dataclass(frozen=True, slots=True)
class Account:
    """One profile as `profiles add` wants it; `others` are more endpoints."""

    name: str
    host: str
    port: int
    security: str
    user: str = ""
    others: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The command that adds it."""
        words = ["profiles", "add", "--name", self.name, "--host", self.host]
        words += ["--port", str(self.port), "--security", self.security, "--sender", TRAVELLER]
        for other in self.others:
            words += ["--alt", other]
        if self.user:
            return [*words, "--auth", "password", "--username", self.user, "--password-stdin"]
        return [*words, "--auth", "none"]


ACCOUNTS = (
    Account("Campus", "smtp.campus.example", 25, "starttls"),
    Account("ISP", "smtp.isp.example", 25, "plaintext"),
    Account("Company", "smtp.company.example", 25, "plaintext"),
    Account("Clear", "smtp.company.example", 587, "plaintext"),
    Account("Second", "smtp.provider.example", 465, "implicit-tls", SECOND),
    Account("Gone", "smtp.gone.example", 587, "starttls", TRAVELLER),
    Account("Provider", "smtp.provider.example", 587, "starttls", TRAVELLER),
    Account("Relay", "smtp.relayservice.example", 587, "starttls", TRAVELLER, ("2525:starttls",)),
    Account(
        "Relay443",
        "smtp.relayservice.example",
        8025,
        "starttls",
        TRAVELLER,
        ("465:implicit-tls", "443:implicit-tls"),
    ),
)
