"""What each resource type is to the network: something with interfaces, a part that the model reads, or no part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from blueprint.reach.model import PlaceKind


@dataclass(frozen=True, slots=True)
class Shape:
    """Which inputs of a type describe its interfaces; dotted paths lead into nested inputs."""

    kind: PlaceKind
    subnets: str
    """Input with subnet ids, or with the name of a subnet group."""
    groups: str
    """Input with security group ids."""
    port: int | None = None
    """The port that it serves, if its inputs do not name one."""


SCHEDULE: Final = "aws:scheduler/schedule:Schedule"

INTERFACE_SHAPES: Final = {
    "aws:docdb/cluster:Cluster": Shape("store", "dbSubnetGroupName", "vpcSecurityGroupIds", 27017),
    "aws:ecs/service:Service": Shape("service", "networkConfiguration.subnets", "networkConfiguration.securityGroups"),
    "aws:efs/mountTarget:MountTarget": Shape("files", "subnetId", "securityGroups", 2049),
    "aws:elasticache/cluster:Cluster": Shape("store", "subnetGroupName", "securityGroupIds", 6379),
    "aws:elasticache/replicationGroup:ReplicationGroup": Shape("store", "subnetGroupName", "securityGroupIds", 6379),
    "aws:elasticache/serverlessCache:ServerlessCache": Shape("store", "subnetIds", "securityGroupIds", 6379),
    "aws:lambda/function:Function": Shape("function", "vpcConfig.subnetIds", "vpcConfig.securityGroupIds"),
    "aws:opensearch/domain:Domain": Shape("store", "vpcOptions.subnetIds", "vpcOptions.securityGroupIds", 443),
    "aws:rds/cluster:Cluster": Shape("store", "dbSubnetGroupName", "vpcSecurityGroupIds", 5432),
    "aws:rds/instance:Instance": Shape("store", "dbSubnetGroupName", "vpcSecurityGroupIds", 5432),
    "aws:rds/proxy:Proxy": Shape("proxy", "vpcSubnetIds", "vpcSecurityGroupIds", 5432),
    "aws:rds/proxyEndpoint:ProxyEndpoint": Shape("proxy", "vpcSubnetIds", "vpcSecurityGroupIds", 5432),
    "aws:redshift/cluster:Cluster": Shape("store", "clusterSubnetGroupName", "vpcSecurityGroupIds", 5439),
    SCHEDULE: Shape(
        "service",
        "target.ecsParameters.networkConfiguration.subnets",
        "target.ecsParameters.networkConfiguration.securityGroups",
    ),
}  # fmt: skip
"""Types whose inputs name the subnets of their interfaces. A function or schedule without a VPC has no interface."""

SUBNET_GROUPS: Final = (
    "aws:docdb/subnetGroup:SubnetGroup",
    "aws:elasticache/subnetGroup:SubnetGroup",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:redshift/subnetGroup:SubnetGroup",
)

LOAD_BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENERS: Final = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
LISTENER_RULES: Final = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
TARGET_GROUPS: Final = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
TARGETS: Final = (
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "aws:alb/targetGroupAttachment:TargetGroupAttachment",
)

FOLLOWED_TYPES: Final = frozenset(
    {
        *INTERFACE_SHAPES, *SUBNET_GROUPS, *LOAD_BALANCERS, *LISTENERS, *LISTENER_RULES, *TARGET_GROUPS, *TARGETS,
        "aws:autoscaling/group:Group",
        "aws:ec2/customerGateway:CustomerGateway",
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/eip:Eip",
        "aws:ec2/eipAssociation:EipAssociation",
        "aws:ec2/instance:Instance",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/networkAcl:NetworkAcl",
        "aws:ec2/networkAclAssociation:NetworkAclAssociation",
        "aws:ec2/networkAclRule:NetworkAclRule",
        "aws:ec2/networkInterface:NetworkInterface",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
        "aws:ec2/vpnConnection:VpnConnection",
        "aws:ec2transitgateway/route:Route",
        "aws:ec2transitgateway/routeTable:RouteTable",
        "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation",
        "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
        "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)  # fmt: skip
"""Types that the model follows."""

NO_TRAFFIC_PREFIXES: Final = (
    # They configure, record, name, monitor or share parts of the network, and carry no packets.
    "aws:backup/",
    "aws:cloudwatch/",
    "aws:ec2/flowLog:",
    "aws:ec2/vpcDhcpOptions",
    "aws:ec2/vpcEndpointConnectionNotification:",
    "aws:ec2/vpcEndpointPolicy:",
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:",
    "aws:ec2transitgateway/vpcAttachmentTag:",
    "aws:guardduty/",
    "aws:iam/",
    "aws:kms/",
    "aws:lb/trustStore",
    "aws:ram/",
    "aws:rds/proxyDefaultTargetGroup:",
    "aws:rds/proxyTarget:",
    "aws:route53/profiles",
    "aws:route53/query",
    "aws:route53/record:",
    "aws:route53/resolverDnssecConfig:",
    "aws:route53/resolverFirewall",
    "aws:route53/resolverQueryLogConfig",
    "aws:route53/zone",
    "aws:route53/vpcAssociationAuthorization:",
    "aws:s3/",
    "aws:secretsmanager/",
    "aws:servicediscovery/",
    "aws:shield/",
    "aws:sns/",
    "aws:sqs/",
    "aws:ssm/",
    "aws:wafv2/",
    "aws:appautoscaling/",
    "aws:autoscaling/",
    "aws:ecs/",
    "aws:glue/catalog",
    "aws:elasticache/user",
    "aws:elasticache/parameterGroup:",
    "aws:rds/clusterParameterGroup:",
    "aws:rds/parameterGroup:",
    "aws:rds/eventSubscription:",
    "aws:athena/",
    "aws:cfg/",
    "aws:ecr/",
)  # fmt: skip
"""Prefixes of types that may refer to a part of the network and carry no traffic."""

TRAFFIC_PREFIXES: Final = (
    "aws:directconnect/",
    "aws:ec2/carrierGateway:",
    "aws:ec2/egressOnlyInternetGateway:",
    "aws:ec2/localGateway",
    "aws:ec2/vpcPeeringConnection",
    "aws:ec2/vpnGateway",
    "aws:ec2clientvpn/",
    "aws:ec2transitgateway/",
    "aws:globalaccelerator/",
    "aws:networkfirewall/",
    "aws:networkmanager/",
    "aws:vpclattice/",
    "aws:vpc/",
)
"""Prefixes of types that carry traffic; the model follows only those in `READ`."""

NETWORK_PARTS: Final = frozenset(
    {
        "aws:ec2/networkInterface:NetworkInterface",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        "aws:ec2/internetGateway:InternetGateway",
    }
)
"""A resource that takes an input from one of these types takes part in the network, whether its type is known or not."""
