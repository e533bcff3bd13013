"""Is a captive portal in the way? Asks one address over plain HTTP, and the network's own API
(RFC 8908) where it offers one. Both answers come from whoever runs the network: hostile.

How the witnesses are weighed:
- the API that says "captive" is believed: nobody says that of themselves without cause;
- our own request, just made, overrules NetworkManager's state, which may be minutes old;
- where our own request has no answer, one silent address proves nothing: the API's "not
  captive" or what the system said stands, and without either the state is UNKNOWN.
"""

import asyncio
import json
import logging
import ssl
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from roammail.adapters.network_source import visible, web_address
from roammail.adapters.tls import verifying_context
from roammail.core.network import Network, PortalState, Unknown, WhyUnknown

log = logging.getLogger(__name__)

#: The address that Firefox asks, with what it answers. A third party: only with consent.
DEFAULT_ADDRESS = "http://detectportal.firefox.com/success.txt"
DEFAULT_TEXT = "success"

_MAX_BODY = 64 * 1024
_API_TYPE = "application/captive+json"  # RFC 8908 section 4.1
_SEEN = PortalState.NONE, PortalState.REQUIRED, PortalState.LIMITED


@dataclass(frozen=True, slots=True)
class Expected:
    """What the check's address answers when nobody is in between.

    `text` is sought in the body, anywhere; None with status 204 wants no body at all.
    """

    status: int = 200
    text: str | None = DEFAULT_TEXT

    @classmethod
    def of_text(cls, text: str) -> "Expected":
        """As the setting `portal_check_text` says it: empty means 204 without a body."""
        return cls(200, text) if text else cls(204, None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One HTTP answer, its body cut at 64 KiB."""

    status: int
    location: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one witness says."""

    portal: PortalState
    url: str | None = None
    why: WhyUnknown = WhyUnknown.NO_ANSWER
    detail: str = ""


class HttpPortalCheck:
    """The port PortalCheck.

    With `address=None` nobody but the network's own API is asked. `seconds` bounds each of
    the two requests as a whole. No proxy, no redirect, no cookie, no credential is used.
    """

    def __init__(
        self,
        address: str | None,
        expected: Expected | None = None,
        *,
        seconds: float = 5.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = web_address(address, ("http",)) if address else None
        self._refused = address if address and not self._address else ""
        self._expected = expected or Expected()
        self._seconds = seconds
        self._tls = tls

    async def check(self, network: Network) -> Network:
        """The network with `portal` and `portal_url` filled, or `unknown` saying why not."""
        if network.portal is PortalState.OFFLINE:
            return network  # there is nobody to ask
        api = await self._ask_api(network.portal_api) if network.portal_api else None
        if api is not None and api.portal is PortalState.REQUIRED:
            return _found(network, replace(api, url=api.url or self._address))
        own = await self._ask_address()
        if own.portal is not PortalState.UNKNOWN:
            return _found(network, own)
        if api is not None and api.portal is PortalState.NONE:
            return _found(network, api)
        if network.portal in _SEEN:
            url = self._address if network.portal is PortalState.REQUIRED else None
            return _found(network, _Finding(network.portal, network.portal_url or url))
        return _found(network, own)

    async def _ask_address(self) -> _Finding:
        if self._address is None:
            return _Finding(
                PortalState.UNKNOWN, why=WhyUnknown.NO_CHECK_ADDRESS, detail=self._refused
            )
        answer = await self._get(self._address, "*/*")
        return (
            answer if isinstance(answer, _Finding) else judge(answer, self._address, self._expected)
        )

    async def _ask_api(self, address: str) -> _Finding:
        safe = web_address(address, ("https",))
        if safe is None:
            return _Finding(PortalState.UNKNOWN, why=WhyUnknown.UNEXPECTED_ANSWER)
        answer = await self._get(safe, _API_TYPE)
        return answer if isinstance(answer, _Finding) else judge_api(answer)

    async def _get(self, address: str, accept: str) -> _Answer | _Finding:
        """One GET; a failure is a Finding of UNKNOWN."""
        # Here, since it brings thirteen megabytes, and most people let nobody be asked.
        import httpx

        try:
            async with asyncio.timeout(self._seconds):
                return await self._fetch(address, accept)
        except TimeoutError:
            return _Finding(PortalState.UNKNOWN, why=WhyUnknown.TIMED_OUT, detail=address)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            log.debug("portal check of %s: %r", address, error)
            detail = f"{address}: {str(error) or type(error).__name__}"
            return _Finding(PortalState.UNKNOWN, why=WhyUnknown.NO_ANSWER, detail=detail)

    async def _fetch(self, address: str, accept: str) -> _Answer:
        import httpx

        headers = {
            "Accept": accept,
            "Accept-Encoding": "identity",  # nothing to unpack, so no bomb
            "Cache-Control": "no-cache",
            "User-Agent": "RoamMail",
        }
        # Plain HTTP needs no certificates, and loading them takes its time.
        verify = self._context() if address.lower().startswith("https:") else False
        # The transport alone: a client would read the Location of a redirect, and raise where
        # it makes no sense, though a redirect is an answer whatever it says.
        async with httpx.AsyncHTTPTransport(verify=verify, trust_env=False) as transport:
            request = httpx.Request("GET", address, headers=headers)
            response = await transport.handle_async_request(request)
            body = bytearray()
            async for part in response.aiter_raw(8192):
                body += part
                if len(body) >= _MAX_BODY:
                    break
            await response.aclose()
        return _Answer(
            response.status_code,
            response.headers.get("location", ""),
            response.headers.get("content-type", ""),
            bytes(body[:_MAX_BODY]),
        )

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = verifying_context()
        return self._tls


def judge(answer: _Answer, address: str, expected: Expected) -> _Finding:
    """What an answer of the check's address says.

    A redirect, a page that is not ours and 511 (RFC 6585 section 6) mean that somebody else
    has answered. Where no usable page is named, the address itself leads to the portal.
    """
    if _as_expected(answer, expected):
        return _Finding(PortalState.NONE)
    if answer.status in (301, 302, 303, 307, 308):
        return _Finding(PortalState.REQUIRED, _page(address, answer.location) or address)
    if 200 <= answer.status < 300 or answer.status == 511:
        return _Finding(PortalState.REQUIRED, address)
    detail = f"{address}: {answer.status}"
    return _Finding(PortalState.UNKNOWN, why=WhyUnknown.UNEXPECTED_ANSWER, detail=detail)


def judge_api(answer: _Answer) -> _Finding:
    """What the network's API says (RFC 8908 section 5): `captive` must be there."""
    told = _json_object(answer)
    captive = told.get("captive")
    if not isinstance(captive, bool):
        return _Finding(
            PortalState.UNKNOWN, why=WhyUnknown.UNEXPECTED_ANSWER, detail=f"{answer.status}"
        )
    if not captive:
        return _Finding(PortalState.NONE)
    page = told.get("user-portal-url")  # section 5: HTTPS; http is taken as it is common
    return _Finding(PortalState.REQUIRED, web_address(page) if isinstance(page, str) else None)


def _as_expected(answer: _Answer, expected: Expected) -> bool:
    if answer.status != expected.status:
        return False
    if expected.text is None:
        return expected.status != 204 or not answer.body
    return expected.text in answer.body.decode("utf-8", "replace")


def _page(address: str, location: str) -> str | None:
    """Where a redirect leads; a Location may be relative (RFC 9110 section 10.2.2)."""
    if not location:
        return None
    try:
        return web_address(urljoin(address, location))
    except ValueError:
        return None


def _json_object(answer: _Answer) -> dict[str, object]:
    """The body as a JSON object; empty where it is none, or not declared as RFC 8908 wants."""
    if answer.status != 200 or answer.content_type.split(";")[0].strip().lower() != _API_TYPE:
        return {}
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _found(network: Network, finding: _Finding) -> Network:
    others = tuple(entry for entry in network.unknown if entry.field != "portal")
    if finding.portal is PortalState.UNKNOWN:
        others += (Unknown("portal", finding.why, visible(finding.detail, 300)),)
    return replace(network, portal=finding.portal, portal_url=finding.url, unknown=others)
