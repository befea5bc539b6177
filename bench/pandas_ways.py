"""Each tool's computation as an analyst would write it in plain pandas and NumPy: what the tools are held against.

    .venv/bin/python bench/pandas_ways.py NAME FOLDER

FOLDER holds survey.parquet, customers.parquet and orders.parquet; only the columns that are needed are read. Intervals
are clustered by customer, as npsight's are. Where npsight samples rows, the models here are fitted to as many. Prints
figures as JSON, named as npsight names its facts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas_comments
import pandas_measures
import pandas_models
from pandas_frames import WAYS

MODULES = (pandas_measures, pandas_models, pandas_comments)
"""What registers the ways."""


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    print(json.dumps(WAYS[name](folder)))


if __name__ == "__main__":
    main()
