"""`python -m mailer`: the command line, without an installed script."""

from mailer.cli import main

if __name__ == "__main__":
    main()
