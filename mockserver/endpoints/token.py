"""The token endpoint: a client key and its secret in, an access token out. It costs no quota."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mockserver.messages import Request, read_form
from mockserver.tenants.options import SECRET, Options, UnknownOption
from mockserver.tenants.tenant import TOKEN_LIFE, Tenant

_ONLY_POST = {"Allow": "POST", "X-Mock-Reason": "token-method; assumed; unknown how the API answers other methods"}
_REQUIRED = (("client_key", "Client key"), ("client_secret", "Client secret"), ("grant_type", "Grant type"))


@dataclass
class TokenRefusal(Exception):
    """A request for a token is refused.

    code, description: those of OAuth. tenant: whose client key it named. status: 0 for that of the option token_status.
    """

    code: str
    description: str
    tenant: Tenant | None = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def grant(
    request: Request, find_tenant: Callable[[str], tuple[Tenant, Options] | None]
) -> tuple[Tenant, dict[str, Any]]:
    """A new access token as the API answers it, and its tenant. Raises TokenRefusal.

    find_tenant: returns the tenant and the options of a client key; None or UnknownOption for a wrong one.
    """
    if request.method != "POST":
        raise TokenRefusal("invalid_request", "Only POST is supported.", status=405, headers=_ONLY_POST)
    form = read_form(request)
    for name, words in _REQUIRED:
        if not form.get(name):
            raise TokenRefusal("invalid_request", f"{words} is missed in request.")
    if form["grant_type"] != "client_credentials":
        raise TokenRefusal("unsupported_grant_type", "Only client_credentials is supported.")
    try:
        client = find_tenant(form["client_key"])
    except UnknownOption as error:
        raise TokenRefusal("invalid_client", f"Client key is incorrect: {error}.") from None
    if client is None or not secrets.compare_digest(form["client_secret"].encode(), SECRET.encode()):
        raise TokenRefusal("invalid_client", "Client key or secret is incorrect.")
    tenant, options = client
    if options.removed or not tenant.admit(options.member):
        raise TokenRefusal("invalid_client", "This collaborator has no access.", tenant)
    return tenant, {
        "access_token": tenant.issue_token(options.member),
        "expires_in": TOKEN_LIFE,
        "token_type": "Bearer",
    }
