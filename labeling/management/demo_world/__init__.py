"""A little shop that is all made up: outputs of its support assistant, its people and three days of their work."""
