"""``python -m verisearch``: the command line, where its script is not on the path."""

from verisearch.cli import main

if __name__ == "__main__":
    main()
