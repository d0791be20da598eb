#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs packetdrill scripts on our stack, on a virtual clock. Needs no root.
#
#     tests/conformance/run.sh PACKETDRILL [SCRIPT...]     (all of ours without SCRIPT)
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 0 ] || { sed -n 's/^# \{0,1\}//p' "$0" | sed 1,2d >&2; exit 2; }
packetdrill=$1
shift
library=${VIV_PACKETDRILL_LIBRARY:-$("$here/../../viv" build --target packetdrill)}
[ $# -gt 0 ] || set -- "$here"/scripts/*.pkt
failed=0
for script in "$@"; do
    if timeout 60 "$packetdrill" --local_ip=192.168.0.1 --netmask_ip=255.255.0.0 --gateway_ip=192.168.0.2 \
        --remote_ip=192.0.2.1 ${VIV_PACKETDRILL_FLAGS:-} --so_filename="$library" "$script"; then
        echo "ok      $script"
    else
        echo "failed  $script"
        failed=$((failed + 1))
    fi
done
echo "$(($# - failed)) of $# passed"
[ "$failed" = 0 ]
