"""The core of pulumi-digo: config, plan and API. It imports no Pulumi.

The data flow goes one way: config → desired → plan → resources → API.
"""

import sys

# httpx has a command line, and imports rich and pygments for it: a tenth of the time that our processes take to start.
# It does without where that module cannot be imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None means: do not import
