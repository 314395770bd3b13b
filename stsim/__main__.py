"""`python -m stsim`."""

import sys

from stsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
