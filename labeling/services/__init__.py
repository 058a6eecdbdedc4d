"""Writes. Each public function is one transaction and one thing that happened; none enqueues or leaves the machine."""
