#!/usr/bin/env python
"""Django's command line; `manage.py up` starts the whole of Payback."""

import os
import sys

from aiops.stack import environment
from aiops.stack.errors import StackError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiops.settings")
    try:
        environment.prepare(sys.argv)
    except StackError as problem:
        sys.exit(str(problem))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
