# Thin: each target is a script of scripts/, which says what it does.
.PHONY: demo test lint stop clean soak bench constraints

demo:  ## the sample city in a browser, from a bare clone
	@scripts/demo

test:  ## every check, tests included
	@scripts/test

lint:  ## style and types only
	@scripts/lint

stop:  ## stop the server and the private database; the data stays
	@scripts/stop

clean:  ## stop, and remove everything that was installed, built or loaded here
	@scripts/clean

soak:  ## what takes hours: damaged files, kills, fresh seeds and many more examples, and every other test
	@scripts/soak

bench:  ## measure against other tools; figures are in benchmarks/README.md
	@scripts/bench

constraints:  ## pin the versions that are installed now
	@.venv/bin/python scripts/constraints.py
