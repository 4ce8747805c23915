"""`python -m vizmed` is `vizmed`."""

import sys

from vizmed.cli import main

sys.exit(main())
