#!/usr/bin/env bash
# npm run test:systemd -- does what docs/OPERATE.md says, command by command as it is written there, on a
# clean Debian: from a clone of HEAD to a running unit. Then boots it, with systemd as its process 1 and no
# network but loopback, and tries what the unit promises. Needs root and Debian's debootstrap and
# systemd-container. Takes some minutes: one of them is the watchdog's.

# shellcheck source-path=SCRIPTDIR source=stand-in.sh
. "$(dirname "${BASH_SOURCE[0]}")/stand-in.sh"
need debootstrap systemd-nspawn nsenter git

mkdir -p "$cache/npm"
work=$(mktemp -d -p "$cache" systemd-XXXXXX)
machine=$work/machine
clone=/root/root-peer
origin=/srv/root-peer.git
engine=''
dht=127.0.0.1:50001

clean_up() {
  [ -z "$engine" ] || kill -KILL "$engine" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# steps HEADING [N [LANGUAGE [FILE]]]: the commands under a heading of docs/OPERATE.md, or of another file,
# or those of its Nth block.
steps() {
  awk -v heading="$1" -v wanted="${2:-0}" -v fence="\`\`\`${3-sh}" '
    !fenced && /^#+ / { sub(/^#+ /, ""); inside = ($0 == heading); found += inside; next }
    /^```/ { fenced = !fenced; code = fenced && inside && $0 == fence; block += code; next }
    inside && code && (!wanted || block == wanted) { print; lines++ }
    END { if (!found || !lines) { print "false # nothing under: " heading; exit 1 } }
  ' "$repository/${4:-docs/OPERATE.md}"
}

nspawn=(systemd-nspawn --quiet --register=no --keep-unit "--directory=$machine" "--bind=$cache/npm:/root/.npm")

# What the reader of the docs begins with: Debian, a clone, and the tarball that a browser fetched.
prepare() {
  local setting
  for setting in $(npm_settings) npm_config_prefer_offline=true; do nspawn+=("--setenv=$setting"); done
  cp -a "$(debian)" "$machine" &&
    git init --quiet --bare --initial-branch=main "$machine$origin" &&
    git -C "$machine$origin" config receive.shallowUpdate true &&
    git -C "$repository" push --quiet "$machine$origin" HEAD:refs/heads/main &&
    git clone --quiet "$machine$origin" "$machine$clone" &&
    git -C "$machine$clone" remote set-url origin "$origin" &&
    cp "$(node_tarball)" "$machine$clone"
}

# by_hand COMMANDS: as root in the clone, before the machine is booted, with the network there is.
by_hand() {
  "${nspawn[@]}" --pipe --resolv-conf=copy-host --chdir="$clone" -- /bin/bash -exc "$1"
}

# A DHT of the machine's own, so that nothing is sent to the public one.
own_dht() {
  cat >"$machine/root/dht.cjs" <<'JS'
require('/opt/root-peer/node_modules/hyperdht/testnet.js')(3, { host: '127.0.0.1', port: 50001 })
JS
  cat >"$machine/etc/systemd/system/dht.service" <<'UNIT'
[Service]
ExecStart=/usr/local/bin/node /root/dht.cjs
Restart=always
[Install]
WantedBy=multi-user.target
UNIT
  "${nspawn[@]}" --pipe -- systemctl enable dht
  echo "ROOT_PEER_BOOTSTRAP=$dht" >>"$machine/etc/root-peer/root-peer.env"
}

boot() {
  "${nspawn[@]}" --private-network --boot --console=pipe </dev/null >"$work/console" 2>&1 &
  engine=$!
  eventually 30 booted
}

booted() {
  leader=$(tr -d ' ' <"/proc/$engine/task/$engine/children")
  [ -n "$leader" ] && [[ "$(in_machine systemctl is-system-running 2>/dev/null)" =~ running|degraded ]]
}

power_off() {
  in_machine systemctl poweroff
  wait "$engine"
  engine=''
}

in_machine() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid env --ignore-environment \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    npm_config_prefer_offline=true ROOT_PEER_BOOTSTRAP="$dht" "$@"
}

# by_shell COMMANDS: the docs' commands on the running machine, in the clone.
by_shell() {
  in_machine /bin/bash -exc "cd $clone; $1"
}

property() {
  in_machine systemctl show --property "$1" --value root-peer
}

property_is() {
  echo "$1 is $(property "$1"), not $2"
  [ "$(property "$1")" = "$2" ]
}

journal() {
  in_machine journalctl --quiet --unit root-peer --output cat --boot
}

# said WORDS: in this boot's journal. Not grep -q: it would end the journal's writer by a broken pipe.
said() {
  journal | grep -F -- "$1" >/dev/null
}

serves() {
  property_is ActiveState active && by_shell 'root-peer stats' | grep messages
}

has_status() {
  eventually 40 matches '[0-9]+ rooms?.*[0-9,]+ messages?' property StatusText
}

# matches PATTERN COMMAND...
matches() {
  local pattern=$1 output
  shift
  output=$("$@")
  echo "$output"
  grep -E "$pattern" <<<"$output" >/dev/null
}

has_few_rights() {
  local exposure pid
  pid=$(property MainPID)
  exposure=$(in_machine systemd-analyze security root-peer | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
  echo "exposure is $exposure"
  awk -v is="$exposure" 'BEGIN { exit !(is != "" && is <= 1.5) }'
  in_machine stat --format '%U %a' "/proc/$pid" /var/lib/private/root-peer/. | tee /dev/stderr | grep -v '^root' | grep ' 700$'
}

key() {
  journal | grep '"msg":"ready"' | tail -n 1 | sed 's/.*"publicKey":"\([^"]*\)".*/\1/'
}

new_room() {
  root_key=$(key)
  [ "${#root_key}" -eq 52 ] && by_shell "root-peer invite --root $root_key >/root/room"
}

# send FROM TO: numbers, a message each; ends when all are acknowledged.
send() {
  by_shell "seq $1 $2 | root-peer send \"\$(cat /root/room)\" --profile /root/ann"
}

# has_all N: exactly the numbers to N, in order.
has_all() {
  by_shell "seq 1 $1 | cmp - <(root-peer read \"\$(cat /root/room)\")"
}

same_key() {
  echo "was $root_key, is $(key)"
  [ "${#root_key}" -eq 52 ] && [ "$(key)" = "$root_key" ]
}

configure() {
  echo "$1" >"$machine/etc/root-peer/config.json"
}

# reload JSON: with these settings; the process stays.
reload() {
  local pid
  pid=$(property MainPID)
  configure "$1"
  by_shell 'systemctl reload root-peer' && property_is MainPID "$pid" && property_is ActiveState active
}

takes_level() {
  reload '{ "logLevel": "debug" }' && eventually 5 said '"to":"debug"' &&
    send 1001 1001 && eventually 5 said '"level":"debug"'
}

refuses_mistakes() {
  reload '{ "logLevel": "loud", "portt": 1 }' && eventually 5 said 'portt' && said 'loud'
}

# restarted_after SIGNAL: comes back as another process, and serves.
restarted_after() {
  local pid restarts
  pid=$(property MainPID)
  restarts=$(property NRestarts)
  by_shell "kill -$1 $pid" && eventually 90 restarted "$pid" "$restarts"
}

restarted() {
  [ "$(property MainPID)" != "$1" ] && [ "$(property NRestarts)" -gt "$2" ] && property_is ActiveState active
}

watchdog_restarts() {
  restarted_after STOP && in_machine journalctl --unit root-peer --boot | grep -i 'watchdog timeout'
}

killed_while_sending() {
  local sender
  send 1002 21000 &
  sender=$!
  sleep 0.7
  restarted_after KILL && wait "$sender"
}

stops_well() {
  by_shell 'systemctl stop root-peer' && property_is Result success && property_is ExecMainStatus 0 && said '"msg":"closed"'
}

wrong_settings_end_it() {
  configure '{ "portt": 1 }'
  ! by_shell 'systemctl restart root-peer' || return 1
  property_is ExecMainStatus 78 && said 'portt' && stays_down
}

# Longer than the time after which it would be restarted.
stays_down() {
  sleep 7
  property_is NRestarts 0 && property_is ActiveState failed
}

starts() {
  by_shell 'systemctl start root-peer' && property_is ActiveState active
}

# Debian's own firewall, with nothing in it yet; and programs that the docs name and do not install.
tools() {
  by_hand 'apt-get install --yes --no-install-recommends curl jq nftables iproute2'
}

port_is_open() {
  by_shell "nft --file /etc/nftables.conf; $(steps Firewall)" && property_is ActiveState active &&
    matches '49737 accept' in_machine nft list ruleset && matches ':49737 ' in_machine ss -ulnp
}

log_is_filtered() {
  matches '"level":"error".*not reloaded' by_shell "$(steps 'Watch it')"
}

says_what_is_wrong() {
  matches '"ready":true.*"dht":"yes"' by_shell "$(steps 'When something is wrong')"
}

# As `systemctl edit` leaves it.
unit_is_changed() {
  local folder=$machine/etc/systemd/system/root-peer.service.d
  mkdir "$folder" && steps Start 1 ini >"$folder/override.conf" &&
    by_shell 'systemctl daemon-reload; systemctl restart root-peer' &&
    property_is MemoryMax $((2 << 30)) && property_is ActiveState active
}

# A version of its own, from the clone, beside the one that runs.
upgrade() {
  previous=$(in_machine readlink /opt/root-peer)
  by_shell "git clone --quiet $origin /root/author; cd /root/author
    git -c user.name=a -c user.email=a@b commit --quiet --allow-empty -m next; git push --quiet; cd $clone
    $(steps 'Upgrade and roll back' 1)
    $(steps 'Install with systemd' 2)
    $(steps 'Upgrade and roll back' 2)"
  [ "$(in_machine readlink /opt/root-peer)" != "$previous" ] && property_is ActiveState active
}

roll_back() {
  by_shell "previous=$previous
    $(steps 'Upgrade and roll back' 3)"
  [ "$(in_machine readlink /opt/root-peer)" = "$previous" ] && property_is ActiveState active
}

back_up() {
  by_shell "$(steps 'Back up, restore, move' 1)" && property_is ActiveState active
}

# As if somebody had forgotten to say that it is meant.
copy_is_refused() {
  by_shell "$(steps 'Back up, restore, move' 2 | grep -v 'environment')" && return 1
  property_is ExecMainStatus 65 && said STORE_COPIED && stays_down
}

restore() {
  in_machine rm -r /root/root-peer-before
  by_shell "$(steps 'Back up, restore, move' 2)" && property_is ActiveState active
}

restarts_without_the_flag() {
  by_shell 'systemctl restart root-peer' && property_is ActiveState active
}

uninstall() {
  by_shell "$(steps 'Uninstall')" && ! in_machine systemctl cat root-peer && in_machine test -e /var/lib/private/root-peer
}

pass_if 'a clean Debian, a clone, a tarball' prepare
pass_if 'every command of the installation does as it is written' by_hand "$(steps 'Install with systemd')"
pass_if 'so does the demo of the README' by_hand "$(steps 'See it work' 1 '' README.md)"
pass_if 'the tools that the docs use' tools
[ "$failed" -eq 0 ] || { summary; exit; }
own_dht >/dev/null 2>&1
pass_if 'the machine boots' boot
pass_if 'it serves from then on: systemd was told READY' serves
pass_if 'the commands of the start do' by_shell "$(steps Start)"
pass_if 'systemctl status has its numbers' has_status
pass_if 'it is nobody, and has few rights' has_few_rights
pass_if 'a room is made at it' new_room
pass_if 'it takes 1,000 messages' send 1 1000
pass_if 'a reload changes what can be changed' takes_level
pass_if 'a reload of mistakes changes nothing and names them' refuses_mistakes
configure '{}'
pass_if 'a process that was stopped is restarted by the watchdog' watchdog_restarts
pass_if 'it is the same root peer' same_key
pass_if 'kill -9 while 20,000 messages are sent: all are acknowledged in the end' killed_while_sending
pass_if 'and all are there, once' has_all 21000
pass_if 'systemctl stop ends it well' stops_well
pass_if 'it starts' starts
pass_if 'nothing was lost' has_all 21000
pass_if 'the unit is changed as the docs say' unit_is_changed
pass_if 'a fixed port is opened as the docs say' port_is_open
pass_if 'what to look at first when something is wrong' says_what_is_wrong
pass_if 'what matters in the log as the docs say' log_is_filtered
pass_if 'a backup as the docs say' back_up
pass_if '100 more messages' send 21001 21100
pass_if 'an upgrade as the docs say' upgrade
pass_if 'nothing was lost' has_all 21100
pass_if 'a way back as the docs say' roll_back
pass_if 'nothing was lost' has_all 21100
pass_if 'the machine goes down' power_off
pass_if 'and boots' boot
pass_if 'it serves' serves
pass_if 'nothing was lost' has_all 21100
pass_if 'wrong settings end it, once' wrong_settings_end_it
configure '{}'
pass_if 'a copy of a data folder is refused, once' copy_is_refused
pass_if 'a restored backup as the docs say' restore
pass_if 'has what the backup had' has_all 21000
pass_if 'starts without the flag from then on' restarts_without_the_flag
pass_if 'it is the same root peer' same_key
pass_if 'it is uninstalled as the docs say, and its data stays' uninstall
pass_if 'the machine goes down' power_off
summary
