# SPDX-License-Identifier: GPL-2.0
"""
machine.py - a network namespace as a machine with systemd, as a container
manager starts one: for programs that want a system around them. What it writes
to /etc and /run is gone with it.

    with Machine("host-x") as machine:
        machine.run("systemctl start NetworkManager")
"""

import os
import signal
import subprocess

from ktap import ksft_in, wait_until

SYSTEMD = "/usr/lib/systemd/systemd"
SHELL = ("timeout", "120", "bash", "-euo", "pipefail", "-c")
CGROUPS = "/sys/fs/cgroup"

# Units that would change what the namespace shares with the VM.
MASKED = ("systemd-sysctl.service", "systemd-modules-load.service", "systemd-binfmt.service",
          "systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup-dev-early.service",
          "systemd-tmpfiles-clean.timer", "kmod-static-nodes.service", "tmp.mount",
          "systemd-journal-flush.service", "systemd-update-utmp.service",
          "systemd-random-seed.service")

# /sys is read only so that nobody waits for a udev, as in any container. The system
# looks as if it had been started before, so that nothing is set up for good.
START = f"""
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 {CGROUPS}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/etc /run/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work overlay /etc
mkdir -p /etc/systemd/system
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
touch /etc/.updated /var/.updated
for unit in {' '.join(MASKED)}; do ln -sfn /dev/null "/etc/systemd/system/$unit"; done
exec env -i container=vnicteam PATH=/usr/sbin:/usr/bin {SYSTEMD} --unit=basic.target
"""


def missing():
    """Why no machine can be started here, or an empty text."""
    return "" if os.path.exists(SYSTEMD) else f"there is no {SYSTEMD}"


class Machine:
    """systemd as the first process of namespaces of its own."""

    def __init__(self, netns):
        with open("/proc/self/cgroup", encoding="ascii") as own:
            self.cgroup = CGROUPS + own.read().strip().split("::")[1].rstrip("/") + "/machine"
        os.mkdir(self.cgroup)
        self.outer = subprocess.Popen(
            ["sh", "-euc", 'echo $$ >"$0/cgroup.procs"; exec "$@"', self.cgroup,
             "nsenter", f"--net=/run/netns/{netns}",
             "unshare", "--cgroup", "--mount", "--propagation", "private", "--uts", "--ipc",
             "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-euc", START],
            stdin=subprocess.DEVNULL)
        self.pid = wait_until(self._child, "systemd starts", pause=0.1)

    def __enter__(self):
        try:
            wait_until(lambda: os.path.exists(f"/proc/{self.pid}/root/run/systemd/private"),
                       "systemd answers", pause=0.1)
            state = self.run("systemctl is-system-running --wait").stdout.strip()
            ksft_in(state, ("running", "degraded"), "systemd is ready")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _child(self):
        try:
            path = f"/proc/{self.outer.pid}/task/{self.outer.pid}/children"
            with open(path, encoding="ascii") as children:
                return int((children.read().split() or [0])[0])
        except FileNotFoundError:
            return 0

    def run(self, script):
        """Runs commands in the machine; what they say is in stdout."""
        return subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "-C",
             *SHELL, script],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def write(self, path, text):
        """Writes a file that only the machine sees."""
        subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "sh", "-euc",
             'mkdir -p "$(dirname "$0")"; cat >"$0"', path], check=True, input=text, text=True)

    def close(self):
        """Ends all its processes."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        self.outer.kill()
        self.outer.wait()
        # Cgroups go when they are empty, from the inside out.
        for path, _, _ in os.walk(self.cgroup, topdown=False):
            wait_until(lambda one=path: self._removed(one), f"{path} is empty", pause=0.1)

    @staticmethod
    def _removed(path):
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True
