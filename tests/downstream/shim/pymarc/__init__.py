"""The name `pymarc` for tidemarc.pymarc and all its modules, for the environment of `run.py`."""

import importlib
import pkgutil
import sys

import tidemarc.pymarc

for module in pkgutil.iter_modules(tidemarc.pymarc.__path__):
    stand_in = importlib.import_module(f"tidemarc.pymarc.{module.name}")
    sys.modules[f"pymarc.{module.name}"] = stand_in
sys.modules["pymarc"] = tidemarc.pymarc
