"""`python -m tests.bench`: runs `run()` of every module of this folder, one after the other, by name."""

import importlib
import pkgutil
import sys

import tests.bench


def main(chosen: list[str]) -> None:
    """Runs the modules named in `chosen`, or all."""
    for module in sorted(info.name for info in pkgutil.iter_modules(tests.bench.__path__)):
        if module != "__main__" and (not chosen or module in chosen):
            print(f"\n== {module}", flush=True)
            importlib.import_module(f"tests.bench.{module}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
