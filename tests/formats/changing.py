"""One change to a row, for the tests of what it makes of it."""

import copy


def changed(raw, path, value):
    """A copy with the value at a path of keys and indexes replaced."""
    copied = copy.deepcopy(raw)
    holder = copied
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return copied
