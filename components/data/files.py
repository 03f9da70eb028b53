"""`Files`: an EFS file system with one directory for each application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.dashboard import MonitoredResource
from components.data.tier import DataTier
from components.shared.alarms import MetricAlert, metric_alarm
from components.shared.containers import NOBODY
from components.shared.destination import Destination, FileMount
from components.shared.file_system import file_system, file_system_policy
from facts.stores import STORES

PORT: Final = STORES["files"].default_port

PATH: Final = "/files"
"""Directory of the containers at which the files of an application are mounted."""

PATH_VARIABLE: Final = f"{STORES['files'].prefix}PATH"
"""Environment variable with this directory."""

_USER, _GROUP = map(int, NOBODY.split(":"))

FILES_IO: Final = MetricAlert(
    id="files-io",
    summary="The file system has used more than 80 percent of its operations per second for 15 minutes.",
    impact="At 100 percent, reads and writes of all applications wait.",
    namespace="AWS/EFS",
    metric="PercentIOLimit",
    statistic="Maximum",
    threshold=80,
    periods=3,
)


@dataclass(frozen=True, kw_only=True)
class FilesArgs:
    """Arguments of `Files`."""

    tier: DataTier
    """Network and keys."""
    applications: Sequence[str] = ()
    """Names of the applications that get a directory."""


class Files(pulumi.ComponentResource):
    """An EFS file system, of which each application sees its own directory only.

    Creates: a file system with a policy, a mount target in each data subnet and a security group without rules; an access
    point for each application; a CloudWatch alarm.

    An access point shows the directory `/<application>` as the root of a file system, and all files in it belong to the user
    65532, whatever the user of the container is. EFS creates the directory at the first mount. If an application no longer
    uses the file system, its access point is deleted, but its files remain.

    The policy of the file system refuses clients without TLS, without a signature and without an access point. The task role
    of an application allows only its access point. ECS mounts in the network namespace of the task
    (https://github.com/aws/amazon-ecs-agent/pull/2372), so only the security groups of its services reach the mount targets.

    Files that nobody has read for 30 days move to the storage class Infrequent Access, and return when they are read. AWS
    Backup backs the file system up.

    Maps to 45 CFR 164.312(a)(1), (a)(2)(iv), (c)(1) and (e)(1), and 164.308(a)(7)(ii)(A).

    Outputs:
        file_system_id: Id of the file system.
        security_group_id: Id of the security group of the mount targets. Rules are added for each service that uses it.
    """

    file_system_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    monitored_resources: list[MonitoredResource]
    """The alarms that the dashboard shows."""

    def __init__(self, name: str, args: FilesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Files", name, None, opts)
        tier, child = args.tier, pulumi.ResourceOptions(parent=self)
        files = file_system(
            name,
            description="Mount targets of the files of applications",
            vpc_id=tier.vpc_id,
            subnets=tier.subnets,
            data_key_arn=tier.data_key_arn,
            protect=tier.protect,
            lifecycle=[
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_ia="AFTER_30_DAYS"),
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            parent=self,
        )
        points = {application: self._access_point(application, files.id) for application in args.applications}
        policy = aws.efs.FileSystemPolicy(
            name,
            file_system_id=files.id,
            policy=files.arn.apply(file_system_policy),
            opts=child,
        )
        # A task can mount only after the policy and the mount targets exist, so its task definition depends on them.
        mountable = pulumi.Output.all(files.id, policy.id, *(target.id for target in files.targets)).apply(
            lambda ids: ids[0]
        )
        self._mounts = {
            application: FileMount(
                path=PATH,
                file_system_id=mountable,
                file_system_arn=files.arn,
                access_point_id=point.id,
                access_point_arn=point.arn,
            )
            for application, point in points.items()
        }
        dimensions = {"FileSystemId": files.id}
        metric_alarm(name, FILES_IO, dimensions=dimensions, topic_arn=tier.alarm_topic_arn, parent=self)
        self.monitored_resources = [MonitoredResource(alerts=[FILES_IO], dimensions=[dimensions])]
        self.file_system_id = files.id
        self.security_group_id = files.security_group_id
        self.register_outputs(
            {"file_system_id": self.file_system_id, "security_group_id": self.security_group_id}
        )

    def _access_point(self, application: str, file_system_id: pulumi.Output[str]) -> aws.efs.AccessPoint:
        """Create the access point of an application."""
        return aws.efs.AccessPoint(
            application,
            file_system_id=file_system_id,
            posix_user=aws.efs.AccessPointPosixUserArgs(uid=_USER, gid=_GROUP),
            root_directory=aws.efs.AccessPointRootDirectoryArgs(
                path=f"/{application}",
                creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=_USER, owner_gid=_GROUP, permissions="0750"
                ),
            ),
            tags={"Name": application},
            opts=pulumi.ResourceOptions(parent=self),
        )

    @property
    def event_sources(self) -> Sequence[pulumi.Output[str]]:
        """Return no ARNs, because EFS has no RDS events."""
        return ()

    @property
    def administrator_connection(self) -> None:
        """Return None: a file system has no users."""
        return None

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """Return the id of the file system, which a restore needs."""
        return {"file_system_id": self.file_system_id}

    @property
    def staff_destination(self) -> None:
        """Return None: nobody reaches the files over the VPN."""
        return None

    def destination(self, application: str) -> Destination:
        """Return the access of an application to its files: security group, port, mount and environment variable.

        Raises:
            ValueError: `applications` does not contain the application.
        """
        if application not in self._mounts:
            applications = ", ".join(self._mounts) or "none"
            raise ValueError(
                f"application must be one with a directory ({applications}), got {application!r}"
            )
        return Destination(
            security_group_id=self.security_group_id,
            ports=(PORT,),
            environment={PATH_VARIABLE: PATH},
            mount=self._mounts[application],
        )
