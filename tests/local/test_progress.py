"""What `coditect up` tells while it starts and runs things."""

from coditect.console import err
from coditect.local.progress import Progress

_TRACE = """Traceback (most recent call last):
  File "apps/shared.py", line 1
    def broken(:
SyntaxError: invalid syntax"""


def test_a_traceback_that_many_processes_share_is_shown_once() -> None:
    progress = Progress(begun=0)
    with err.capture() as captured:
        progress.said(f"first ended by itself.\nThe end of first.log:\n{_TRACE}")
        progress.said(f"second ended by itself.\nThe end of second.log:\n  another frame\n{_TRACE}")
    told = captured.get()
    assert told.count("SyntaxError") == 1
    assert "second ended by itself. Its log ends as the one above." in told


def test_another_traceback_is_shown_whole() -> None:
    progress = Progress(begun=0)
    with err.capture() as captured:
        progress.said(f"first ended by itself.\n{_TRACE}")
        progress.said("second ended by itself.\nTraceback (most recent call last):\nNameError: 'x' is not defined")
    told = captured.get()
    assert "SyntaxError" in told
    assert "NameError" in told
