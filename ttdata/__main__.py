"""`python -m ttdata`."""

from ttdata.cli.main import main

if __name__ == "__main__":
    main(prog_name="python -m ttdata")
