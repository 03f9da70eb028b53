#!/bin/bash
# Configures a host with the image of OpenVPN Access Server (Ubuntu) as the VPN server. Every step is idempotent.
# Users and configuration are on the file system mounted at $STATE, so a replacement of the host loses no data.
set -euo pipefail

AS=${AS:-/usr/local/openvpn_as}
STATE=${STATE:-/var/lib/vpn-state}
ETC=${ETC:-/etc}
LOCAL=${LOCAL:-/usr/local/sbin}
LOGS=${LOGS:-/var/log}
export AWS_DEFAULT_REGION=@REGION@ PATH=$PATH:/snap/bin

retry() {
  local tries=$1 pause=$2
  shift 2
  # Within a condition, bash does not exit on errors. Pass one command, or a function that ends with the decisive command.
  until "$@"; do
    ((--tries > 0)) || { echo "failed: $1" >&2; return 1; }
    sleep "$pause"
  done
}

imds() {
  local token
  token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

secret() { aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text; }
sacli() { "$AS/scripts/sacli" "$@"; }
put() { "$AS/scripts/confdba" -mk "$1" -v "$2"; }

# Blocks new connections until the server is configured. Access Server does not change the raw table.
block_rules() {
  iptables -t raw "$1" PREROUTING ! -i lo -p tcp --syn -j DROP &&
    iptables -t raw "$1" PREROUTING ! -i lo -p udp --dport 1194 -j DROP
}
block_connections() { block_rules -C 2>/dev/null || block_rules -I; }
allow_connections() { while block_rules -D 2>/dev/null; do :; done; }

# AWS publishes both snaps, and snapd verifies their signatures.
install_tools() {
  command -v amazon-ssm-agent >/dev/null || snap list amazon-ssm-agent >/dev/null 2>&1 ||
    snap install amazon-ssm-agent --classic || return
  command -v aws >/dev/null || snap install aws-cli --classic
}

# Takes the Elastic IP from any other instance. It replaces the public address from the launch, and open connections end.
associate_address() {
  aws ec2 associate-address --allocation-id @ALLOCATION_ID@ --instance-id "$(imds instance-id)" --allow-reassociation
}

publish_metric() {
  aws cloudwatch put-metric-data --namespace @NAMESPACE@ --metric-name "$1" --value "$2" --dimensions Server=@ACCESS_LOG@
}

# A server that is unhealthy for five minutes requests its replacement. Auto Scaling ignores the request in the grace period.
write_health_check() {
  mkdir -p "$ETC/vpn-server"
  imds instance-id >"$ETC/vpn-server/instance-id"
  cat >"$LOCAL/vpn-health" <<HEALTH
#!/bin/bash
export AWS_DEFAULT_REGION=@REGION@ PATH=\$PATH:/snap/bin
failures=\${RUN:-/run}/vpn-health
count=0
if ! { [[ -e $ETC/vpn-server/ready ]] && timeout -k 5 20 mountpoint -q $AS/etc/db &&
  timeout -k 5 20 $AS/scripts/sacli status | grep -q '"openvpn_0": "on"'; }; then
  count=\$((\$(cat "\$failures" 2>/dev/null || echo 0) + 1))
fi
echo "\$count" >"\$failures"
aws cloudwatch put-metric-data --namespace @NAMESPACE@ --metric-name Healthy --value "\$((count == 0))" --dimensions Server=@ACCESS_LOG@
if ((count >= 5)); then
  aws autoscaling set-instance-health --health-status Unhealthy --instance-id "\$(cat $ETC/vpn-server/instance-id)"
fi
HEALTH
  chmod 0755 "$LOCAL/vpn-health"
  timer vpn-health 'OnBootSec=60s' 'OnUnitActiveSec=60s'
}

timer() {
  local name=$1
  shift
  printf '[Service]\nType=oneshot\nExecStart=%s\n' "$LOCAL/$name" >"$ETC/systemd/system/$name.service"
  { echo '[Timer]'; printf '%s\n' "$@"; printf '[Install]\nWantedBy=timers.target\n'; } >"$ETC/systemd/system/$name.timer"
  systemctl daemon-reload
  systemctl enable --now "$name.timer"
}

mount_state() {
  mkdir -p "$STATE"
  grep -q " $STATE " "$ETC/fstab" ||
    echo "@FILE_SYSTEM_ID@ $STATE efs _netdev,tls,iam,accesspoint=@ACCESS_POINT_ID@ 0 0" >>"$ETC/fstab"
  mountpoint -q "$STATE" || retry 30 10 mount "$STATE"
}

# Only one host may use the SQLite files at a time. The lock is a lock of the file system and ends with the process.
take_lock() {
  cat >"$ETC/systemd/system/vpn-lock.service" <<UNIT
[Unit]
RequiresMountsFor=$STATE
Before=openvpnas.service
[Service]
Type=notify
NotifyAccess=all
TimeoutStartSec=600
ExecStart=/usr/bin/flock --exclusive $STATE/lock /bin/sh -c 'systemd-notify --ready && exec sleep infinity'
[Install]
WantedBy=multi-user.target
UNIT
  mkdir -p "$ETC/systemd/system/openvpnas.service.d"
  printf '[Unit]\nRequires=vpn-lock.service\nAfter=vpn-lock.service\nRequiresMountsFor=%s\n' "$AS/etc/db" \
    >"$ETC/systemd/system/openvpnas.service.d/state.conf"
  systemctl daemon-reload
  systemctl enable --now vpn-lock.service
}

# The first server copies its databases to the file system. Later servers use these databases.
use_stored_databases() {
  mountpoint -q "$AS/etc/db" && return
  "$AS/bin/ovpn-init" --ec2 --batch --force
  systemctl stop openvpnas
  if [[ ! -d $STATE/db ]]; then
    rm -rf "$STATE/db.new"
    cp -a "$AS/etc/db" "$STATE/db.new"
    mv "$STATE/db.new" "$STATE/db"
  fi
  grep -q " $AS/etc/db " "$ETC/fstab" ||
    echo "$STATE/db $AS/etc/db none bind,_netdev,x-systemd.requires-mounts-for=$STATE 0 0" >>"$ETC/fstab"
  mount "$AS/etc/db"
}

# While the service is stopped, confdba sets the same values as sacli. The admin page has a separate port and is not on 443:
# https://openvpn.net/as-docs/v3/tutorials/tutorial--restrict-admin-web-ui-access.html
configure() {
  put host.name @HOST_NAME@
  put admin_ui.https.ip_address all
  put admin_ui.https.port @ADMIN_PORT@
  put cs.https.ip_address all
  put cs.https.port 943
  put vpn.server.port_share.enable true
  put vpn.server.port_share.service client
  put vpn.server.daemon.enable true
  put vpn.server.daemon.udp.port 1194
  put vpn.server.daemon.tcp.port 443
  put vpn.daemon.0.client.network @CLIENT_NETWORK@
  put vpn.daemon.0.client.netmask_bits @CLIENT_BITS@
  put vpn.server.group_pool.0 @GROUP_POOL@
  put cs.tls_version_min 1.2
  put vpn.server.tls_version_min 1.2
  put cs.openssl_ciphersuites 'ECDHE+AESGCM:ECDHE+CHACHA20'
  put vpn.server.data_ciphers AES-256-GCM:CHACHA20-POLY1305
  put vpn.server.enable_cipher_fallback false
  put auth.module.type local
  put auth.local.0.min_len 14
  put cs.cws.pwd_strength true
  put vpn.server.google_auth.enable true
  put vpn.server.google_auth.enable_autologin true
  put vpn.server.lockout_policy.n_fails 5
  put vpn.server.lockout_policy.reset_time 900
  put vpn.client.routing.reroute_gw false
  put vpn.client.routing.reroute_dns false
  put vpn.client.routing.inter_client false
  put vpn.client.routing.superuser_c2c_access false
  put vpn.server.routing.gateway_access false
  put vpn.server.routing.private_access no
}

configure_users() {
  local password licence=@LICENCE_SECRET_ARN@
  password=$(retry 12 10 secret @ADMIN_SECRET_ARN@)
  sacli --user openvpn --key prop_superuser --value true UserPropPut
  sacli --user openvpn --key user_auth_type --value local UserPropPut
  sacli --user openvpn --new_pass "$password" SetLocalPassword >/dev/null
  # Users without a record cannot connect, and every user needs a password and a code.
  sacli --user __DEFAULT__ --key def_deny --value true UserPropPut
  sacli --user __DEFAULT__ --key prop_autologin --value false UserPropPut
  "$LOCAL/vpn-people" groups "$ETC/vpn-server/access.json"
  if [[ -n $licence ]]; then
    licence=$(retry 12 10 secret "$licence")
    sacli -v "$licence" LoadSubscription >/dev/null
  fi
}

install_user_scripts() {
  cat >"$LOCAL/vpn-people" <<'PEOPLE'
@PEOPLE@
PEOPLE
  chmod 0755 "$LOCAL/vpn-people"
  cat >"$ETC/vpn-server/access.json" <<'ACCESS'
@ACCESS@
ACCESS
  printf '#!/bin/bash\n%s users >>%s\n' "$LOCAL/vpn-people" "$LOGS/vpn-users.log" >"$LOCAL/vpn-review"
  chmod 0755 "$LOCAL/vpn-review"
  timer vpn-review 'OnCalendar=daily' 'Persistent=true'
}

configure_log_agent() {
  local home=${AGENT:-/opt/aws/amazon-cloudwatch-agent}
  cat >"$ETC/vpn-server/logs.json" <<'LOGS'
{"agent": {"run_as_user": "root"}, "logs": {"logs_collected": {"files": {"collect_list": [
  {"file_path": "/var/log/openvpnas.log", "log_group_name": "@ACCESS_LOG@", "log_stream_name": "{instance_id}"},
  {"file_path": "/var/log/vpn-users.log", "log_group_name": "@USERS_LOG@", "log_stream_name": "{instance_id}"},
  {"file_path": "/var/log/auth.log", "log_group_name": "@SYSTEM_LOG@", "log_stream_name": "{instance_id}/auth"},
  {"file_path": "/var/log/cloud-init-output.log", "log_group_name": "@SYSTEM_LOG@", "log_stream_name": "{instance_id}/boot"}
]}}}}
LOGS
  "$home/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$ETC/vpn-server/logs.json"
}

main() {
  rm -f "$ETC/vpn-server/ready"
  block_connections
  systemctl stop openvpnas || true
  # Without these tools, no health check can report a failure. Auto Scaling replaces an instance that is powered off.
  retry 30 10 install_tools || { systemctl poweroff; exit 1; }
  write_health_check
  retry 30 10 associate_address
  retry 30 10 publish_metric Started 1
  # Systems Manager installs the agent and the mount helper after the instance has registered.
  retry 90 10 test -x "${AGENT:-/opt/aws/amazon-cloudwatch-agent}/bin/amazon-cloudwatch-agent-ctl"
  configure_log_agent
  retry 90 10 command -v mount.efs
  mount_state
  take_lock
  use_stored_databases
  configure
  systemctl start openvpnas
  retry 60 5 test -S "$AS/etc/sock/sagent"
  install_user_scripts
  configure_users
  sacli start
  touch "$ETC/vpn-server/ready"
  allow_connections
  "$LOCAL/vpn-review"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  main
fi
