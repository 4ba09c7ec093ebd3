"""The command line: ``aioprometheus`` and ``python -m aioprometheus``, a module for each command.

A module of a command has ``add_parser(subparsers)``, most of which :func:`.parser.command` does,
and ``run(arguments)``, which returns the exit status. What only ``run`` needs is imported there, so
that ``--help`` is quick.
"""
