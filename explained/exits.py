"""What a command's exit status says. README.md tells it to people; `coditect --help` too."""

from enum import IntEnum


class Exit(IntEnum):
    """64 and 70 are of sysexits.h. Where a command hands over to another program, the status is that program's."""

    CLEAN = 0
    """It ran, and there is nothing to mend."""
    FINDINGS = 1
    """It ran, and what it looked at is not as it should be."""
    DATA_AT_RISK = 2
    """It ran, and the change would lose data, keys or zones, or let go of them."""
    USAGE = 64
    """The command line makes no sense, or names something that is not there. Nothing was done."""
    COULD_NOT_RUN = 70
    """It could not do its work: a setting, a file, the machine, or a defect. What it was asked is not answered."""
    STOPPED = 130
    """Whoever asked stopped it: Ctrl-C (128 and the signal's number, as shells say it), or a no to its question."""
