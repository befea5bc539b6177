"""`python -m apps.cli`."""

from __future__ import annotations

from apps.cli.main import main

main()
