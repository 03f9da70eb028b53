#!/bin/bash
# Configures an Amazon Linux 2023 host as a NAT router. Every step is idempotent.
set -euo pipefail

cat >/etc/sysctl.d/90-nat.conf <<'EOF'
net.ipv4.ip_forward = 1
net.ipv4.conf.all.send_redirects = 0
EOF
sysctl --load=/etc/sysctl.d/90-nat.conf

command -v nft >/dev/null || dnf install --assumeyes nftables

# `delete` fails if the table does not exist, so `add` comes first.
cat >/etc/sysconfig/nftables.conf <<'EOF'
add table ip nat
delete table ip nat
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != "lo" masquerade
  }
}
EOF
systemctl enable nftables.service
systemctl restart nftables.service
