#!/bin/bash
# Configures the ECS agent of a host with the ECS-optimized Amazon Linux 2023 image. The agent starts after this script.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
set -euo pipefail

ETC=${ETC:-/etc}
LOCAL=${LOCAL:-/usr/local/sbin}
RUN=${RUN:-/run}

# Tasks have a separate network interface and role, so they get no access to the metadata and the privileges of the host.
# Tasks have two minutes to stop, which is the notice that Spot gives, so that open requests can finish.
cat >"$ETC/ecs/ecs.config" <<'EOF'
ECS_CLUSTER=@CLUSTER_NAME@
ECS_ENABLE_TASK_ENI=true
ECS_AWSVPC_BLOCK_IMDS=true
ECS_DISABLE_PRIVILEGED=true
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_CONTAINER_STOP_TIMEOUT=2m
ECS_RESERVED_MEMORY=@RESERVED_MIB@
EOF

# Neither EC2 nor ECS replaces a host whose ECS agent or Docker has died: its status checks pass, but no task starts or stops on
# it. The host checks itself every minute, and shuts down after ten failures in a row. A shutdown terminates it, so that ECS starts
# its tasks elsewhere and the Auto Scaling group starts another host. The check asks only the host itself: while AWS's side of the
# connection fails, all agents are disconnected, and the hosts must continue to run their tasks.
cat >"$LOCAL/check-ecs-agent" <<EOF
#!/bin/bash
failures=$RUN/ecs-agent-failures
if timeout 30 docker ps --quiet >/dev/null &&
  curl --fail --silent --show-error --max-time 10 --output /dev/null http://localhost:51678/v1/metadata; then
  rm -f "\$failures"
  exit
fi
echo failed >>"\$failures"
count=\$(wc -l <"\$failures")
echo "The ECS agent or Docker has not answered \$count times in a row"
((count < 10)) || systemctl poweroff
EOF
chmod 755 "$LOCAL/check-ecs-agent"
cat >"$ETC/systemd/system/check-ecs-agent.service" <<EOF
[Unit]
Description=Replace the host if its ECS agent does not answer
[Service]
Type=oneshot
ExecStart=$LOCAL/check-ecs-agent
EOF
cat >"$ETC/systemd/system/check-ecs-agent.timer" <<'EOF'
[Unit]
Description=Check the ECS agent every minute
[Timer]
OnBootSec=10min
OnUnitActiveSec=1min
AccuracySec=5s
[Install]
WantedBy=timers.target
EOF
systemctl daemon-reload
systemctl enable --now check-ecs-agent.timer
