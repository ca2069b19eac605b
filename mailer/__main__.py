"""`mailer`, and `python -m mailer`: the command line.

Loading it takes a moment, in which Ctrl-C ends the program as it ends any other; then `cli` decides what happens.
"""

import signal


def main() -> None:
    """Load the command line and run it."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a job in the background ignores it
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mailer.cli import main as run  # noqa: PLC0415 - see above

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
