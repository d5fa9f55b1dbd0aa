"""`python -m nnsim` is `nnsim`."""

import sys

from nnsim.cli import main

sys.exit(main())
