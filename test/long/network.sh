#!/usr/bin/env bash
# npm run test:network -- an owner, a friend, a root peer and a bootstrap node in network namespaces, on four
# addresses; and again with owner and friend each behind a NAT that preserves ports, 25 ms away and with 1 %
# loss. What they do there is in network.ts. Needs root, iproute2, nftables and python3; says so and is
# skipped where namespaces are not allowed. All of it is gone with this process.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)

skip() {
  echo "# skipped: $1"
  exit 0
}

if [ -z "${IN_NETWORK:-}" ]; then
  for tool in ip nft python3 unshare; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
  done
  unshare --net --mount true 2>/dev/null || skip 'network namespaces are not allowed here'
  IN_NETWORK=yes exec unshare --net --mount --kill-child --fork "$0" "$@"
fi

links=()
ends=()
clean_up() {
  [ ${#links[@]} -eq 0 ] || kill "${links[@]}" 2>/dev/null || true
}
trap clean_up EXIT

mount --make-rprivate /
mkdir -p /run/netns
mount -t tmpfs none /run/netns
ip link set lo up

# party NAME ADDRESS: a namespace on the network of all.
party() {
  ip netns add "$1"
  ip link add "w-$1" type veth peer name eth0 netns "$1"
  ends+=("w-$1")
  ip link set "w-$1" master wan up
  configure "$1" eth0 "$2"
}

configure() {
  ip -n "$1" link set lo up
  ip -n "$1" address add "$3/24" dev "$2"
  ip -n "$1" link set "$2" up
}

# hidden NAME ADDRESS LAN: a namespace behind a NAT of its own, at the end of a slow link.
hidden() {
  local nat="nat-$1"
  ip netns add "$nat"
  ip netns add "$1"
  ip link add "s-$1" type veth peer name eth0 netns "$nat"
  ip link add "f-$1" type veth peer name "w-$1"
  ends+=("s-$1" "w-$1")
  ip link set "w-$1" master wan up
  ip link set "s-$1" up
  ip link set "f-$1" up
  configure "$nat" eth0 "$2"
  ip link add "l-$1" type veth peer name eth0 netns "$1"
  ip link set "l-$1" netns "$nat" name lan
  configure "$nat" lan "$3.1"
  configure "$1" eth0 "$3.2"
  ip -n "$1" route add default via "$3.1"
  ip netns exec "$nat" sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
  # What nobody asked for is dropped, as any home router does, and leaves no trace that would take a port.
  ip netns exec "$nat" nft -f - <<'RULES'
table ip nat {
  chain out { type nat hook postrouting priority 100; oifname eth0 masquerade; }
}
table ip guard {
  chain in { type filter hook input priority 0; policy drop; iifname != eth0 accept; ct state established,related accept; }
  chain through { type filter hook forward priority 0; policy drop; iifname lan accept; ct state established,related accept; }
}
RULES
  python3 "$here/slow-link.py" "s-$1" "f-$1" 25 1 &
  links+=($!)
}

build_network() {
  ip link add wan type bridge forward_delay 0
  ip link set wan up
  ip address add 10.77.0.254/24 dev wan
}

clear_network() {
  clean_up
  wait "${links[@]}" 2>/dev/null || true
  links=()
  # By name, and at once: what goes with a namespace goes in its own time.
  for name in "${ends[@]}"; do ip link delete "$name"; done
  ends=()
  for name in $(ip netns list | cut -d' ' -f1); do ip netns delete "$name"; done
  ip link delete wan
}

failed=0
play() {
  echo "# $1"
  node "$repository/dist/test/long/network.js" "$2" || failed=1
}

build_network
party bootstrap 10.77.0.1
party root 10.77.0.2
party owner 10.77.0.3
party friend 10.77.0.4
play 'four addresses' 2000
clear_network

build_network
party bootstrap 10.77.0.1
party root 10.77.0.2
hidden owner 10.77.0.3 192.168.71
hidden friend 10.77.0.4 192.168.72
play 'owner and friend each behind a NAT, 25 ms and 1 % loss each way' 2000
clear_network

exit "$failed"
