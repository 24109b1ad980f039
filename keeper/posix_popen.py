"""Starts the root of a tree on any Unix. On Linux there is a better way (posix_start.py), and the keeper is spared all
that `subprocess` brings along."""

from __future__ import annotations

import subprocess

from keeper.given import open_input
from keeper.posix_start import environment_of
from keeper.protocol import LaunchSpec


class ByPopen:
    def start(self, spec: LaunchSpec, output: int) -> int:
        with open_input(spec.input) as given:
            process = subprocess.Popen(
                spec.argv,
                cwd=spec.cwd,
                env=environment_of(spec),
                stdin=given,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process.returncode = 0  # it is not `Popen` that waits for it
        return process.pid

    def close(self) -> None:
        pass
