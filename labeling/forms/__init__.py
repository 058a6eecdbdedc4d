"""Parsing what people send: one file a step of the journey. A form checks shape; services decide."""
