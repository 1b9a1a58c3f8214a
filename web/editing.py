"""Who may change anything over the web: nobody, unless the deployment says so, and never a page from elsewhere."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import request

from cim.errors import BadSetting, CimError
from cim.settings import Settings
from cim.web import context
from cim.web.hosts import LOOPBACK

HEADER = "X-CIM-Edit-Token"
"""Header that carries the token, where one is needed."""


class NotEditable(CimError):
    """The server only shows."""

    def __init__(self) -> None:
        super().__init__("this server only shows: start it with cim serve --editing to let people change problems")


class NotAllowed(CimError):
    """A request to change something does not come from this server's own page, or lacks the token."""

    def __init__(self, why: str, remedy: str, code: str | None = None) -> None:
        super().__init__(f"nothing was changed: {why}; {remedy}")
        self.code = code


def check_settings(settings: Settings) -> None:
    """Refuse to let people change things where the server is reached from other machines, without a token.

    Raises
    ------
    BadSetting
        Editing is on, the server listens beyond the loopback or answers under other names, and no token is set.
    """
    beyond = settings.host not in LOOPBACK or any(name not in LOOPBACK for name in settings.host_names)
    if settings.editing and beyond and not settings.edit_token:
        raise BadSetting(
            "CIM_EDITING", "1", "other machines reach this server: set CIM_EDIT_TOKEN, which browsers must send"
        )


def guard() -> None:
    """Let a request through that may change something.

    A page from elsewhere can make a browser post, but not JSON without asking first (CORS, which is never granted
    here), and a browser says where a request comes from: both are looked at.

    Raises
    ------
    NotEditable, NotAllowed
        Editing is off; the request is not JSON, comes from elsewhere or lacks the token.
    """
    settings = context.settings()
    if not settings.editing:
        raise NotEditable
    if request.mimetype != "application/json":
        raise NotAllowed(f"the body is {request.mimetype or 'of no type'}", "send application/json")
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if (origin is not None and urlsplit(origin).netloc != request.host) or site not in (None, "same-origin", "none"):
        raise NotAllowed("the request comes from another site", "change problems in this server's own pages")
    token = settings.edit_token
    if token and not hmac.compare_digest(request.headers.get(HEADER, "").encode(), token.encode()):
        remedy = "ask who runs this server for the token"
        raise NotAllowed(f"the header {HEADER} is missing or wrong", remedy, "WrongToken")
