"""A private Slurm cluster of one node, this machine: munged, slurmctld and slurmd with all they write in one folder."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # where Debian puts daemons
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
PATIENCE = 60.0
LONG_DELAY = timedelta(seconds=20)

CONFIGURATION = """
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
PlugStackConfig={folder}/plugstack.conf
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
SlurmdParameters=config_overrides
KillWait=10
SlurmdTimeout=10
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName={host} NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes={host} Default=YES PriorityTier=1
PartitionName=urgent Nodes={host} PriorityTier=2
"""


def missing_tools() -> list[str]:
    return [name for name in NEEDED if shutil.which(name, path=PATH) is None]


class Cluster:
    """`start` returns when the node is idle; `stop` leaves no process. `environment`: what its clients need.

    What is submitted to the partition `urgent` gets the CPUs of what runs, which is queued again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._host = socket.gethostname().partition(".")[0]
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._before = dict(os.environ)  # any test's own, by which it finds what it has left
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": PATH}

    def start(self) -> None:
        for name in ("state", "spool"):
            (self._folder / name).mkdir()
        (self._folder / "plugstack.conf").touch()
        key = self._folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        names = {"folder": self._folder, "host": self._host, "user": getpass.getuser()}
        ports = dict(zip(("controller_port", "node_port"), _free_ports(2), strict=True))
        (self._folder / "slurm.conf").write_text(CONFIGURATION.format(**names, **ports))
        self._daemon("munged", "--foreground", "--force", *self._munge_files())
        self._wait(lambda: (self._folder / "munge.socket").exists())
        self.find_controller()
        self.find_node()
        self._wait(lambda: self.node == "idle")

    def clear(self) -> None:
        """Nothing runs, nothing waits, and the node is there, whatever a test has left."""
        self.ask("scancel", "--user", getpass.getuser())
        if "dr" in self.node or self.node == "down":  # drained, draining
            self.set_node("RESUME")
        self._wait(lambda: not self.queue() and self.node == "idle")

    def stop(self) -> None:
        if self._daemons:
            self.ask("scancel", "--user", getpass.getuser())
            self._wait(lambda: not self.queue())
        for name in reversed(list(self._daemons)):
            self._end(name, signal.SIGTERM)

    @property
    def node(self) -> str:
        """Its state."""
        return self.ask("sinfo", "--noheader", "--partition=all", "--format=%T")

    def find_node(self) -> None:
        """Start what speaks for it."""
        self._daemon("slurmd", "-D")

    def lose_node(self) -> None:
        """Kill what speaks for it, as if the network were gone: its tasks go on."""
        self._end("slurmd", signal.SIGKILL)

    def find_controller(self) -> None:
        self._daemon("slurmctld", "-D")

    def lose_controller(self) -> None:
        """In order: killed within seconds of a task's start, it would not know of it, and start it again."""
        self._end("slurmctld", signal.SIGTERM)

    def set_node(self, state: str) -> None:
        self.ask("scontrol", "update", f"NodeName={self._host}", f"State={state}", "Reason=test")

    def hurry(self) -> None:
        """Slurm lets two minutes pass before it starts again what it has queued again; ten seconds, from now on.

        It needs some: what is left of a task's first life would be taken for its second's, or bring Slurm down.
        """
        for line in self.ask("squeue", "--noheader", "--format=%A %S %r").splitlines():
            task, begin, why = line.split(maxsplit=2)
            if why == "BeginTime" and begin != "N/A" and datetime.fromisoformat(begin) > datetime.now() + LONG_DELAY:
                self.ask("scontrol", "update", f"JobId={task}", "StartTime=now+10")

    def ask(self, *command: str) -> str:
        """What a client prints; nothing where the controller does not answer yet."""
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout.strip()

    def queue(self) -> dict[str, str]:
        """Task → its state."""
        lines = self.ask("squeue", "--noheader", "--array", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def _munge_files(self) -> list[str]:
        files = {"socket": "munge.socket", "key-file": "munge.key", "log-file": "munged.log"}
        more = {"pid-file": "munged.pid", "seed-file": "munged.seed"}
        return [f"--{option}={self._folder / name}" for option, name in (files | more).items()]

    def _daemon(self, *command: str) -> None:
        null = subprocess.DEVNULL
        environment = self._before | self.environment
        self._daemons[command[0]] = subprocess.Popen(
            command, cwd=self._folder, env=environment, process_group=0, stdin=null, stdout=null, stderr=null
        )

    def _end(self, name: str, how: signal.Signals) -> None:
        daemon = self._daemons.pop(name)
        daemon.send_signal(how)
        daemon.wait(timeout=PATIENCE)

    def _wait(self, there: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not there():
            assert time.monotonic() < deadline, self._logs()
            dead = {name: daemon.returncode for name, daemon in self._daemons.items() if daemon.poll() is not None}
            assert not dead, f"{dead}\n{self._logs()}"
            time.sleep(0.1)

    def _logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in sorted(self._folder.glob("*.log")))


def _free_ports(count: int) -> Sequence[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
