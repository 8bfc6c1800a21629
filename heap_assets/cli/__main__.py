"""`python -m heap_assets.cli`: the command line where no console script is installed."""

from heap_assets.cli import main

if __name__ == "__main__":
    main()
