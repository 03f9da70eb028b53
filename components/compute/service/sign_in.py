"""Sign-in of users by OpenID Connect (OIDC) at the load balancer.

Maps to 45 CFR 164.312(d) (person or entity authentication) and 164.312(a)(2)(iii) (automatic logoff).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """An identity provider, and the sessions of users that sign in there.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
    """

    issuer: str
    """Issuer, exactly as the identity provider states it."""
    authorization_endpoint: str
    """URL to which users are redirected."""
    token_endpoint: str
    """URL that the load balancer calls for tokens."""
    user_info_endpoint: str
    """URL that the load balancer calls for the claims on a user."""
    client_id: str
    """Id of the client at the identity provider."""
    client_secret_arn: str
    """ARN of the secret in AWS Secrets Manager whose value is the secret of the client."""
    scope: str = "openid"
    """Claims to request, separated by spaces."""
    unauthenticated: Literal["authenticate", "deny"] = "authenticate"
    """Whether a request without a session leads to the sign-in, or gets status 401."""
    session_seconds: int = 28_800
    """Seconds after which users must sign in again, 1 to 604800."""

    @property
    def cookie(self) -> str:
        """Name of the cookie of a session: routes with the same client share sessions, and others have their own."""
        digest = hashlib.sha256(f"{self.issuer} {self.client_id}".encode()).hexdigest()
        return f"AWSELBAuthSessionCookie-{digest[:8]}"


def sign_in_action(sign_in: SignIn, *, parent: pulumi.Resource) -> aws.lb.ListenerRuleActionArgs:
    """Return the action of a listener rule that signs in users. It comes before the action that forwards the request.

    The load balancer cannot read Secrets Manager. The program therefore reads the secret of the client, with the credentials of
    the person or the job that runs it, and passes the value on. The state of the stack contains it, encrypted by the secrets
    provider of the stack.

    Args:
        sign_in: The identity provider and the sessions.
        parent: The component whose provider reads the secret.
    """
    version = aws.secretsmanager.get_secret_version_output(
        secret_id=sign_in.client_secret_arn, opts=pulumi.InvokeOutputOptions(parent=parent)
    )
    oidc = aws.lb.ListenerRuleActionAuthenticateOidcArgs(
        issuer=sign_in.issuer,
        authorization_endpoint=sign_in.authorization_endpoint,
        token_endpoint=sign_in.token_endpoint,
        user_info_endpoint=sign_in.user_info_endpoint,
        client_id=sign_in.client_id,
        client_secret=pulumi.Output.secret(version.secret_string),
        scope=sign_in.scope,
        on_unauthenticated_request=sign_in.unauthenticated,
        session_cookie_name=sign_in.cookie,
        session_timeout=sign_in.session_seconds,
    )
    return aws.lb.ListenerRuleActionArgs(type="authenticate-oidc", authenticate_oidc=oidc)
