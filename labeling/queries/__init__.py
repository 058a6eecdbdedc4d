"""Reads. Nothing here changes a row; who may see what is decided in access.py and nowhere else."""
