"""Estimators from arrays: numpy, scipy and krippendorff only. The methods page is README.md beside this file.

Nothing here knows Django, a clock or ambient randomness: `rng` is passed in, and the same inputs in any order of
rows give the same numbers.
"""
