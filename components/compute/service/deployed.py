"""Whether a deployment is what runs."""

from __future__ import annotations

import pulumi


def deployed(service: str, running: str, wanted: str) -> str:
    """Return the service's name if it runs the wanted task definition.

    The provider waits until a service is steady and calls that success, also where it is steady again because ECS rolled
    the deployment back (https://github.com/pulumi/pulumi-aws/issues/4487).

    Raises:
        pulumi.RunError: It runs another one. Not in a preview, which tells what will be.
    """
    if running != wanted and not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(
            f"{service} was rolled back: it runs {running} and not {wanted}; its events and log tell why"
        )
    return service
