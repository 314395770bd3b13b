"""`python -m stsim`."""

import os
import sys

# Systems here are small: a second thread of the linear algebra gains nothing and, beside other
# processes, waits at full speed. To be said before numpy is imported; other processes inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from stsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
