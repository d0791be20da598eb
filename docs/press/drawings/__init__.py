# SPDX-License-Identifier: MIT
"""Drawings: each module draws one kind of figure from the machine's state."""
