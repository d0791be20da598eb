# SPDX-License-Identifier: MIT
"""The checks by name, in the order in which they run."""

checks = {}


def checks_that(*needs, short=False):
    """`needs`: programs. `short`: CI runs it."""
    def add(function):
        checks[function.__name__.lstrip("_")] = (function, needs, short)
        return function
    return add
