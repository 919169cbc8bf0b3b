#!/bin/sh
# Installs what a fresh Debian 12 lacks to build, run or test Huyun. Says what
# it does, does nothing when nothing is missing, and uses sudo when it is not
# root. Usage: deps.sh build|test
set -eu

want="g++ make pkg-config libopencv-dev opencv-data postgresql-15 fonts-noto-cjk curl iproute2"
if [ "${1:-build}" = test ]; then
	want="$want chromium mosquitto poppler-utils"
fi

missing=""
for p in $want; do
	if ! dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed; then
		missing="$missing $p"
	fi
done

if [ -n "$missing" ]; then
	sudo=""
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || { echo "缺少软件包:$missing；请以 root 运行，或先安装 sudo" >&2; exit 1; }
		sudo="sudo"
	fi
	echo "installing:$missing"
	# Debian's own cluster is not wanted: the cloud starts a private one.
	$sudo mkdir -p /etc/postgresql-common
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	$sudo apt-get update -qq
	# shellcheck disable=SC2086
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

for t in go node npm; do
	command -v "$t" >/dev/null || { echo "缺少 $t：请先安装 Go 1.26 与 Node 20 后重试" >&2; exit 1; }
done
