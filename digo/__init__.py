"""The core of pulumi-digo: config, plan and API. It imports no Pulumi.

The data flow goes one way: config → desired → plan → resources → API.
"""

import sys

# httpx imports rich and pygments for its command line. That takes a tenth of our processes' start-up time.
# httpx works without its command line if the module cannot be imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None means: do not import
