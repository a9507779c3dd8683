#!/usr/bin/env bash
# npm run test:image -- builds the Dockerfile and runs what it makes: as process 1, with a read-only root,
# as the user, with the entry point and the stop signal that the image says. Needs root and Debian's
# buildah and systemd-container, no container engine. The base image is a stand-in of the same Debian
# and Node, because a machine may reach Debian and npm and no registry of images.
# Sends nothing beyond 127.0.0.1 once the image is built.

# shellcheck source-path=SCRIPTDIR source=stand-in.sh
. "$(dirname "${BASH_SOURCE[0]}")/stand-in.sh"
need debootstrap buildah systemd-nspawn nsenter

mkdir -p "$cache"
work=$(mktemp -d -p "$cache" image-XXXXXX)
images=(--storage-driver vfs --root "$cache/images" --runroot "$work/run")
engine=''

clean_up() {
  [ -z "$engine" ] || kill -KILL "$engine" 2>/dev/null || true
  # Removes a mount point of ours only once nothing is mounted on it.
  buildah "${images[@]}" rm --all >/dev/null 2>&1 || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# What the official image of the Dockerfile's name has: Debian, Node in /usr/local, a user called node.
make_base() {
  local base root setting
  base=$(buildah "${images[@]}" from scratch)
  root=$(buildah "${images[@]}" mount "$base")
  cp -a "$(debian)/." "$root"
  tar -xJf "$(node_tarball)" --strip-components=1 -C "$root/usr/local"
  # The official image has none, though there may be a NOTIFY_SOCKET.
  rm "$root/usr/bin/systemd-notify"
  chroot "$root" useradd --uid 1000 --user-group --create-home node
  for setting in $(npm_settings); do
    buildah "${images[@]}" config --env "$setting" "$base"
  done
  buildah "${images[@]}" umount "$base" >/dev/null
  buildah "${images[@]}" commit --quiet --rm "$base" root-peer-base >/dev/null
}

# fact PATH...: one field of the image's configuration, as JSON.
fact() {
  buildah "${images[@]}" inspect --type image root-peer |
    node -e 'const { config } = JSON.parse(require("fs").readFileSync(0)).Docker
      console.log(JSON.stringify(process.argv.slice(1).reduce((at, key) => at?.[key], config)))' "$@"
}

is() {
  echo "expected $1, got $2"
  [ "$1" = "$2" ]
}

# The words of a JSON array, one a line.
words() {
  node -e 'for (const word of JSON.parse(process.argv[1])) console.log(word)' "$1"
}

build() {
  make_base
  (cd "$repository" && buildah "${images[@]}" build --isolation chroot --format docker --quiet \
    --build-arg BASE=localhost/root-peer-base --tag root-peer .)
}

# container ARGUMENT...: becomes the image's entry point with these, as process 1 of a network of its own.
# So: in a subshell, or in the background.
container() {
  local entry setting options=()
  mapfile -t entry < <(words "$(fact Entrypoint)")
  while read -r setting; do options+=("--setenv=$setting"); done < <(words "$(fact Env)")
  exec systemd-nspawn --quiet --register=no --keep-unit --pipe --private-network --read-only \
    --directory="$root" --user="$(fact User | tr -d '"')" --chdir="$(fact WorkingDir | tr -d '"')" \
    --tmpfs=/tmp:mode=1777 --bind="$work/data:/data" "${options[@]}" -- "${entry[@]}" "$@"
}

# Starts it in the background and waits until it serves.
start() {
  : >"$work/log"
  container start --local >"$work/log" 2>&1 </dev/null &
  engine=$!
  eventually 30 grep -q '"msg":"ready"' "$work/log" || { cat "$work/log"; return 1; }
  process=$(tr -d ' ' <"/proc/$engine/task/$engine/children")
  bootstrap=$(ready_field bootstrap)
  key=$(ready_field publicKey)
}

ready_field() {
  grep '"msg":"ready"' "$work/log" |
    node -e 'console.log(JSON.parse(require("fs").readFileSync(0))[process.argv[1]])' "$1"
}

# As `docker stop` does it, with the signal that the image names.
stop() {
  kill -s "$(fact StopSignal | tr -d '"')" "$process"
  wait_for_engine 0 && grep -q '"msg":"closed"' "$work/log"
}

# As a machine does it that goes down.
crash() {
  kill -KILL "$process"
  ! wait_for_engine 0
}

# wait_for_engine CODE: that it ends, and how.
wait_for_engine() {
  local code=0
  wait "$engine" || code=$?
  engine=''
  is "$1" "$code"
}

# inside COMMAND...: beside the daemon, as its user, with the image's environment.
inside() {
  local setting environment=()
  while read -r setting; do environment+=("$setting"); done < <(words "$(fact Env)")
  nsenter --target "$process" --mount --net --pid --ipc --uts --setuid 1000 --setgid 1000 \
    env --ignore-environment "${environment[@]}" HOME=/tmp ROOT_PEER_BOOTSTRAP="$bootstrap" "$@"
}

health() {
  local check
  mapfile -t check < <(words "$(fact Healthcheck Test)")
  is CMD "${check[0]}"
  inside "${check[@]:1}"
}

# Compose says that nothing but /data is written to, and so does --read-only above.
served() {
  inside node -e 'const series = await (await fetch("http://127.0.0.1:3000/metrics")).text()
    if (!/^root_peer_rooms 0$/m.test(series)) throw new Error(series.slice(0, 1000))' --input-type=module || { tail -n 5 "$work/log"; return 1; }
}

send() {
  invite=$(inside root-peer invite --root "$key")
  seq 1 5000 | inside root-peer send "$invite"
}

read_back() {
  seq 1 5000 | diff - <(inside root-peer read "$invite") >&2
}

only_this_platform() {
  local found
  found=$(find "$root/opt/root-peer" -path '*/prebuilds/*' -name '*.node' | sed 's|.*/prebuilds/||; s|/.*||' | sort -u)
  is linux-x64 "$found"
}

lean() {
  ! ls -d "$root"/opt/root-peer/node_modules/{typescript,brittle,prettier} 2>/dev/null
}

run_demo() {
  (container demo --json)
}

megabytes() {
  du -sm --apparent-size "$1" | cut -f1
}

pass_if 'the image is built' build
[ "$failed" -eq 0 ] || { summary; exit; }
container_name=$(buildah "${images[@]}" from root-peer)
root=$(buildah "${images[@]}" mount "$container_name")
install --directory --owner=1000 --group=1000 --mode=0700 "$work/data"

pass_if 'it has the native modules of one platform' only_this_platform
pass_if 'it has nothing that only building needs' lean
pass_if 'its user is not root' is '"node"' "$(fact User)"
pass_if 'its storage is a volume' is '{"/data":{}}' "$(fact Volumes)"
pass_if 'its entry point is no shell' is '["root-peer"]' "$(fact Entrypoint)"
pass_if 'the demo runs in it' run_demo
pass_if 'a root peer starts in it' start
pass_if 'the health check finds it well' health
pass_if 'it serves its metrics' served
pass_if 'it takes messages' send
pass_if 'the stop signal ends it as process 1, with nothing open' stop
pass_if 'it starts on the same volume' start
pass_if 'and has every message' read_back
pass_if 'kill -9 ends it' crash
pass_if 'it starts again' start
pass_if 'and still has every message' read_back
pass_if 'it ends' stop

echo "size: $(megabytes "$root") MB, of which $(megabytes "$root/opt/root-peer") MB are root-peer and $(megabytes "$root/usr/local") MB are Node and npm"
summary
