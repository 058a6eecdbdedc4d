"""Decisions from plain values. Nothing here knows Django, a clock or ambient randomness: same inputs, same answer."""
