#!/bin/bash
# Configures the ECS agent of a host with the ECS-optimized Amazon Linux 2023 image. The agent starts after this script.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
set -euo pipefail

# Tasks have a separate network interface and role, so they get no access to the metadata and the privileges of the host.
# Tasks have two minutes to stop, which is the notice that Spot gives, so that open requests can finish.
cat >/etc/ecs/ecs.config <<'EOF'
ECS_CLUSTER=@CLUSTER_NAME@
ECS_ENABLE_TASK_ENI=true
ECS_AWSVPC_BLOCK_IMDS=true
ECS_DISABLE_PRIVILEGED=true
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_CONTAINER_STOP_TIMEOUT=2m
ECS_RESERVED_MEMORY=@RESERVED_MIB@
EOF
