"""The faults that can be caused on purpose: what the command, the console and the platform call them."""

from enum import StrEnum


class Fault(StrEnum):
    """kill: SIGKILL. pause: the process stands still. slow: its requests wait. partition: it cannot be reached."""

    KILL = "kill"
    PAUSE = "pause"
    SLOW = "slow"
    PARTITION = "partition"
