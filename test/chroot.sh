#!/bin/sh
# Are `npm test` and `npm run demo` enough on a fresh machine? Tries them on one: a bare Debian in a directory, with this
# machine's Node and npm and a clone of this repository, and nothing else. Not part of npm test: it takes root, the
# package debootstrap, some 3 GB of disk, and as long as everything together.
#
#   sudo sh test/chroot.sh [DIRECTORY [COMMAND…]]
#
# DIRECTORY   where the Debian goes; one that is there already is used again. Without it, or '': a temporary one, removed
#             at the end.
# COMMAND     each a line for the shell, run in the clone one after the other; `npm test` and `npm run demo` if there is
#             none.
#
# What is committed counts. The network is this machine's, for apt and npm; the servers listen on loopback as always. All
# mounts and processes are in namespaces of their own and end with the script.
set -eu

suite=bookworm
here=$(cd "$(dirname "$0")/.." && pwd)

fail() {
  echo "chroot.sh: $*" >&2
  exit 1
}

# In its own namespaces, on the second time through: mount, run, report. The status is that of the first that failed.
if [ "${1-}" = --inside ]; then
  dir=$2
  shift 2
  # A root that is no mount point cannot be made private, which tests with a small disk do.
  mount --bind "$dir" "$dir"
  mount -t proc proc "$dir/proc"
  mount --rbind /dev "$dir/dev"
  for command in "$@"; do
    echo "chroot.sh: $command"
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
      ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
      chroot "$dir" sh -c 'cd /root/xmppctl && exec sh -c "$1"' sh "$command" || fail "exit status $? from: $command"
  done
  exit 0
fi

[ "$(id -u)" = 0 ] || fail 'chroot needs root'
command -v debootstrap >/dev/null || fail 'missing: debootstrap. Install it with: apt-get install debootstrap'
node=$(node -p process.execPath)
npm=$(npm root -g)/npm

dir=${1-}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 'npm test' 'npm run demo'
if [ -z "$dir" ]; then
  dir=$(mktemp -d)
  trap 'rm -rf --one-file-system "$dir"' EXIT
  trap 'exit 130' HUP INT TERM
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

if ! [ -e "$dir/etc/debian_version" ]; then
  # The mirror of this machine, if it is a Debian; otherwise debootstrap knows one.
  mirror=$(apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(SITE)' 'Created-By: Packages' 2>/dev/null |
    sed -n "s/^main $suite //p" | head -n 1)
  debootstrap --variant=minbase "$suite" "$dir" $mirror
fi
cp -L /etc/resolv.conf /etc/hosts "$dir/etc/"
# What this machine trusts, where a network in between needs it.
if [ -n "${NODE_EXTRA_CA_CERTS-}" ]; then
  mkdir -p "$dir$(dirname "$NODE_EXTRA_CA_CERTS")"
  cp -L "$NODE_EXTRA_CA_CERTS" "$dir$NODE_EXTRA_CA_CERTS"
fi
mkdir -p "$dir/usr/local/bin" "$dir/usr/local/lib/node_modules"
cp "$node" "$dir/usr/local/bin/node"
rm -rf "$dir/usr/local/lib/node_modules/npm"
cp -a "$npm" "$dir/usr/local/lib/node_modules/npm"
for name in npm npx; do ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$dir/usr/local/bin/$name"; done
rm -rf "$dir/root/xmppctl"
git clone --quiet --no-hardlinks "$here" "$dir/root/xmppctl"

unshare --mount --pid --fork --kill-child sh "$0" --inside "$dir" "$@"
