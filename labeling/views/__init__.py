"""Pages. A view asks access.py for what the person may see, reads through queries, writes through one service."""
