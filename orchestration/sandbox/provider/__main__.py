"""What the mirror's script runs: the provider, for the Terraform that started it."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from orchestration.sandbox.provider.plugin import serve
from orchestration.sandbox.provider.servicer import Servicer


def main() -> NoReturn:
    """Serve until Terraform is done, and end."""
    code = serve(Servicer(os.environ).handlers(), os.environ)
    sys.stderr.flush()
    # Terraform waits for this process several times in every command, and tidying up memory takes 40 ms.
    os._exit(code)


if __name__ == "__main__":
    main()
