"""Run the command line: `python -m hipaa_policies`."""

import sys

from hipaa_policies.cli import main

sys.exit(main())
