"""A simulator as a running server inside this process, for tests and tools.

::

    with running_calcom(world, clock=clock) as calcom:
        requests.get(calcom.url + "/v2/me", headers={"Authorization": "Bearer cal_test"})
        calcom.simulation.faults.set(Fault(mode="hang"))
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askpro.clock import Clock
from askpro.simulator.calcom import create_calcom
from askpro.simulator.keeping import kept
from askpro.simulator.server import SimulatorServer
from askpro.simulator.simulation import Simulation, SimulatorSettings
from askpro.simulator.world import read_world


@dataclass(frozen=True)
class RunningCalcom:
    url: str
    simulation: Simulation


@contextmanager
def running_calcom(
    world: Mapping[str, Any] | Path | str | None = None,
    *,
    clock: Clock | None = None,
    settings: SimulatorSettings | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    state: Path | None = None,
) -> Iterator[RunningCalcom]:
    """Serve a world (data, a file, or the demo's) until the block ends.

    Port 0 takes any free one. ``state`` is a file that remembers the bookings.
    """
    clock = clock or Clock()
    data = world if isinstance(world, Mapping) else read_world(world, clock.now())
    simulation = Simulation(data, clock, settings)
    server = SimulatorServer(create_calcom(simulation), host, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="calcom", daemon=True)
    thread.start()
    try:
        with kept(simulation.calendar, state):
            yield RunningCalcom(server.url, simulation)
    finally:
        simulation.faults.clear()
        simulation.webhooks.stop()
        server.stop()
        thread.join(timeout=5)
