"""`python -m thermvision` is the command `thermvision`."""

import sys

from thermvision.cli import main

if __name__ == "__main__":
    sys.exit(main())
