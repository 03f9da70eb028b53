"""A check that ECS runs the task definition of the last deployment."""

from __future__ import annotations

import pulumi


def fail_if_rolled_back(service: str, running_arn: str, deployed_arn: str) -> str:
    """Return the name of a service if it runs the deployed task definition.

    The provider waits until the service is steady and then reports success. It also does so if the service is steady
    because ECS rolled the deployment back (https://github.com/pulumi/pulumi-aws/issues/4487).

    Args:
        service: Name of the ECS service.
        running_arn: ARN of the task definition that the service runs.
        deployed_arn: ARN of the task definition that was deployed.

    Raises:
        pulumi.RunError: The service runs another task definition. A preview never raises this error, because it shows
            the state before the deployment.
    """
    if running_arn != deployed_arn and not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(
            f"{service} was rolled back: it runs {running_arn} and not {deployed_arn}; its events and log show the reason"
        )
    return service
