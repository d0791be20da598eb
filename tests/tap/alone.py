# SPDX-License-Identifier: MIT
"""A network namespace of its own for a test, or the reason why there is none."""

import os
import shutil
import subprocess
import sys

DEVICE = "tap0"
MARK = "VIV_ALONE"


def skip(why):
    """Ends the test as one that could not run. (CTest: SKIP_RETURN_CODE)"""
    print("skipped:", why)
    sys.exit(77)


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def enter_namespace(*programs):
    """Starts this program again where no other network is. It needs ip, unshare and these."""
    if os.environ.get(MARK):
        return
    if os.geteuid() != 0:
        skip("it needs root")
    if not os.path.exists("/dev/net/tun"):
        skip("there is no /dev/net/tun")
    for program in ("ip", "unshare") + programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    if subprocess.run(["unshare", "--net", "ip", "tuntap", "add", DEVICE, "mode", "tap", "vnet_hdr"],
                      capture_output=True).returncode != 0:
        skip("this system makes no TAP device in a network namespace")
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable] + sys.argv)
