"""Where `tariff-pause` and `python -m experiments` start: at a look whether `model` and `agents` are ours."""

import sys

from experiments.import_check import check_imports


def main() -> None:
    """The command line, or one line on the file that hides a package of ours, and exit code 2."""
    try:
        check_imports()
    except ImportError as error:
        print(f"error: start: {error}", file=sys.stderr)
        sys.exit(2)
    from experiments.cli import main as enter

    enter()


if __name__ == "__main__":
    main()
