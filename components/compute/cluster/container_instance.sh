#!/bin/bash
# Configures the ECS agent of an ECS-optimized Amazon Linux 2023 host; the agent starts after this script.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
set -euo pipefail

# Tasks have their own network interface and role, so they are kept from the host's metadata and from its privileges.
# Two minutes to stop are what Spot leaves, and let open connections end.
cat >/etc/ecs/ecs.config <<'EOF'
ECS_CLUSTER=@CLUSTER_NAME@
ECS_ENABLE_TASK_ENI=true
ECS_AWSVPC_BLOCK_IMDS=true
ECS_DISABLE_PRIVILEGED=true
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_CONTAINER_STOP_TIMEOUT=2m
ECS_RESERVED_MEMORY=@RESERVED_MIB@
EOF
