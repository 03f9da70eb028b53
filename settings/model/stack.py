"""The settings of one stack: one field for each key of `Pulumi.<stack>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import AfterValidator, Field

from facts import regions
from facts.stores import STORES, StoreName
from settings import identifiers as ids
from settings import types as t
from settings.model.apps import AppSettings, Service, services_of
from settings.model.audit import AuditSettings, BudgetSettings
from settings.model.base import ByName, NonEmptyListOf, Section, plain
from settings.model.compute import ComputeSettings
from settings.model.connectivity import ConnectivitySettings
from settings.model.data import Database, DataSettings, StoreSettings
from settings.model.edge import EdgeSettings
from settings.model.network import NetworkSettings
from settings.model.processes import AgentSettings
from settings.values import FrozenMap, freeze

_DEFAULTS: Any = {}
"""A section without keys; its validation fills in the defaults, of which some depend on the region."""


class DefaultTags(Section):
    """Tags that the AWS provider adds to every resource."""

    tags: Annotated[Mapping[t.TagKey, t.TagValue], AfterValidator(freeze)] = FrozenMap()
    """Value of each tag, by its name."""


class Settings(Section):
    """The checked settings of one stack, as returned by `settings.parse` and `settings.load`."""

    region: ids.Region = Field(alias="aws:region")
    """AWS region."""
    allowed_account_ids: NonEmptyListOf[ids.AccountId] = Field(alias="aws:allowedAccountIds")
    """Accounts in which the AWS provider may work. The list must contain `hipaa:account`."""
    default_tags: DefaultTags = Field(default=DefaultTags(), alias="aws:defaultTags")
    """Tags that the AWS provider adds to every resource."""
    environment: t.Slug = Field(alias="hipaa:environment")
    """Name of the environment. If not set, the name of the stack."""
    account_id: ids.AccountId = Field(alias="hipaa:account")
    """AWS account of the stack."""
    protect: bool = Field(default=True, alias="hipaa:protect")
    """Whether resources that hold data are protected from deletion."""
    network: NetworkSettings = Field(default=_DEFAULTS, alias="hipaa:network", validate_default=True)
    """The VPC."""
    audit: AuditSettings = Field(default=AuditSettings(), alias="hipaa:audit")
    """Logs, detection and alerts."""
    compute: ComputeSettings | None = Field(default=None, alias="hipaa:compute")
    """The ECS cluster."""
    edge: EdgeSettings | None = Field(default=None, alias="hipaa:edge")
    """The public entry."""
    apps: ByName[AppSettings] | None = Field(default=None, alias="hipaa:apps")
    """Applications by name."""
    data: DataSettings | None = Field(default=None, alias="hipaa:data")
    """The data stores."""
    connectivity: ConnectivitySettings | None = Field(default=None, alias="hipaa:connectivity")
    """Connections to other networks."""
    budget: BudgetSettings | None = Field(default=None, alias="hipaa:budget")
    """The account's budget."""
    warnings: tuple[str, ...] = ()
    """Legal settings that deserve a second look, one sentence each; not part of the stack file."""

    @property
    def partition(self) -> str:
        """Return the partition that starts every ARN: `aws` or `aws-us-gov`."""
        return regions.partition(self.region)

    @property
    def partition_regions(self) -> tuple[str, ...]:
        """Return every known region of the stack's partition."""
        return tuple(name for name in regions.ZONES if regions.partition(name) == self.partition)

    @property
    def copy_region(self) -> str | None:
        """Return the region to which backups are copied; None if there is none."""
        return self.data.backup.copy_to_region if self.data and self.data.backup else None

    @property
    def services(self) -> Mapping[str, Service]:
        """Return the services of all processes by their names `<app>-<process>`."""
        return dict(services_of(self.apps or {}))

    @property
    def images(self) -> Mapping[str, str]:
        """Return the images by service; a service without an image does not run."""
        services = self.services.items()
        return {name: service.image for name, service in services if service.image is not None}

    @property
    def agents(self) -> tuple[AgentSettings, ...]:
        """Return the sidecars of all processes and the daemons."""
        sidecars = (item for service in self.services.values() for item in service.settings.sidecars.values())
        return (*sidecars, *(self.compute.daemons.values() if self.compute else ()))

    def has_shell(self, app: AppSettings) -> bool:
        """Return whether ECS Exec can open a shell in the tasks of an application."""
        return not self.protect if app.shell is None else app.shell

    @property
    def registries(self) -> tuple[str, ...]:
        """Return the hosts of the image registries outside AWS, sorted."""
        images = [
            *self.images.values(),
            self.compute and self.compute.tls_image,
            *(agent.image for agent in self.agents),
            *(store.bootstrap_image for store in self.relational_stores.values()),
        ]
        hosts = {image.split("/")[0].split(":")[0] for image in images if image}
        return tuple(sorted(host for host in hosts if not host.endswith(".amazonaws.com")))

    @property
    def stores(self) -> Mapping[StoreName, StoreSettings]:
        """Return the settings of the data stores that the stack has, by name."""
        return (self.data or DataSettings()).stores

    @property
    def relational_stores(self) -> Mapping[StoreName, Database]:
        """Return the settings of the relational databases that the stack has, by name."""
        return {name: store for name, store in self.stores.items() if isinstance(store, Database)}

    @property
    def idle_timeout_seconds(self) -> int:
        """Return how long a connection to the load balancer may be idle, in seconds: the maximum of all routes."""
        routes = [service.settings.route for service in self.services.values() if service.settings.route]
        return max((route.idle_timeout_seconds for route in routes), default=60)

    @property
    def signs_in(self) -> bool:
        """Return whether the load balancer signs in users of a service that runs."""
        routes = [self.services[name].settings.route for name in self.images]
        return any(route is not None and route.sign_in is not None for route in routes)

    @property
    def database_ports(self) -> tuple[int, ...]:
        """Return the ports that the network ACL of the data tier opens.

        These are the ports of the default engine of every database and cache, so that a new one does not change the ACL.
        Ports of other engines and of the file system are added only if they are used, because the number of rules is limited.
        """
        used = {STORES[name].ports[store.engine] for name, store in self.stores.items()}
        return tuple(
            sorted({store.default_port for store in STORES.values() if store.kind != "files"} | used)
        )

    @property
    def reaches_ssh(self) -> bool:
        """Return whether an application connects to port 22 on the internet, e.g. to an SFTP server."""
        return any(item.port == 22 for app in (self.apps or {}).values() for item in app.egress.values())

    @property
    def vpn_zones(self) -> tuple[str, ...]:
        """Return the zones in which the VPN server may start: only two, because each needs rules in the data tier's ACL."""
        return self.network.zones[:2]

    @property
    def vpn_reaches_data(self) -> bool:
        """Return whether a group of VPN users may reach the data tier."""
        vpn = self.connectivity.vpn if self.connectivity else None
        return vpn is not None and any("data" in tiers for tiers in vpn.access.values())

    def document(self) -> dict[str, object]:
        """Return the settings as the mapping that `parse` accepts, including every default."""
        return cast("dict[str, object]", plain(self.model_copy(update={"warnings": None})))
