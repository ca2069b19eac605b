"""`mailer`, and `python -m mailer`: the command line.

While it loads, Ctrl-C ends the program as it ends any other; then `cli` decides what happens.
"""

import atexit
import gc
import os
import signal


def main() -> None:
    """Load the command line and run it."""
    # Hundreds of thousands of objects are loaded and stay: collecting garbage among them again and again takes a tenth
    # of a small command, and the last collection at its end a quarter. Long commands start to collect later.
    usual = gc.get_threshold()

    def begin(_: str, __: object) -> None:
        gc.callbacks.remove(begin)
        gc.freeze()
        gc.set_threshold(*usual)

    gc.callbacks.append(begin)
    gc.set_threshold(300_000)
    atexit.register(gc.freeze)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")  # looking for some takes a while, and none is ours
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a job in the background ignores it
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mailer import lazy_re  # noqa: PLC0415 - see above
    from mailer.cli import main as run  # noqa: PLC0415 - see above

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def kept() -> lazy_re.Kept:
        from mailer.platform import read_patterns  # noqa: PLC0415 - few commands meet a large one

        return read_patterns()

    lazy_re.read_kept = kept
    run()


if __name__ == "__main__":
    main()
