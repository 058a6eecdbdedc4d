# Every target sets itself up in .venv/ first; where make is missing: python3 reviewapp/bootstrap.py demo
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) reviewapp/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: demo test bench bench-peers bench-large lint help

demo:  ## serve a finished little world on http://127.0.0.1:8000 and print its accounts
	@$(BOOTSTRAP) demo $(ARGS)

test:  ## the whole suite; ARGS="tests/stats -x" for a part of it
	@$(BOOTSTRAP) test $(ARGS)

bench:  ## the benchmarks; ARGS="desk", "page" or "faults" for one of them
	@$(BOOTSTRAP) bench $(ARGS)

bench-peers:  ## the desk beside its neighbours
	@$(BOOTSTRAP) bench peers $(ARGS)

bench-large:  ## ten million items beside ten thousand; wants PostgreSQL and 35 GB
	@$(BOOTSTRAP) bench large $(ARGS)

lint:  ## formatting, imports, templates, types, migrations
	@$(BOOTSTRAP) lint

help:  ## this list
	@awk -F ':  ## ' '/^[a-z-]+:  ## / {printf "make %-12s %s\n", $$1, $$2}' Makefile
