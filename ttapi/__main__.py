"""`python -m ttapi`."""

from ttapi.cli import main

if __name__ == "__main__":
    main()
