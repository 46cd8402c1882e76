# Everything that people and CI run. Needs Python 3.11 (with its venv module) and make; the rest is fetched by pip.
PYTHON ?= $(firstword $(foreach v,python3.11 python3.12 python3.13 python3,$(shell command -v $(v))))
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
READY := $(VENV)/.ready
TOOLS_READY := $(TOOLS)/.ready
PEERS_READY := .venv-peers/.ready
MUTANTS := .venv-mutants
MUTANTS_READY := $(MUTANTS)/.ready

RUNS ?= 26
SEED ?= 1
ENGINE ?= exact
TIMES ?= 20
LAWS := $(addprefix tests/unit/test_,judgement_machine.py laws_judgement.py laws_schedule.py merging.py merging_told.py others.py fold_acts.py fold_circumstances.py)

.DELETE_ON_ERROR:
.PHONY: demo test test-slow hunt mutants lint format gate bench torture wheel lock clean

# The demo: sets up, starts Apache Kafka, tells the story of five cases. Settings: MINUTES, RATE, SEED.
demo: $(READY)
	@$(BIN)/raised-risk demo $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(if $(filter-out file,$(origin SEED)),--seed $(SEED))

# The tests, those against a real Apache Kafka included; test-slow has the few that take minutes each.
test: $(READY) $(TOOLS_READY)
	$(BIN)/python -m pytest -q -m "not slow"

test-slow: $(READY) $(TOOLS_READY)
	$(BIN)/python -m pytest -q -m slow

# The laws and the naive model again, over TIMES as many generated cases: half an hour of looking for what is not found.
hunt: $(READY)
	RAISED_RISK_EXAMPLES=$(TIMES) $(BIN)/python -m pytest -q $(LAWS)

# Whether the tables bite: rules, lists and the life of an escalation, changed in one place at a time (CHILDREN: how many at once).
mutants: $(MUTANTS_READY)
	$(MUTANTS)/bin/python tests/mutants/mutants.py

# Style, types, import contracts, schema compatibility.
lint: $(READY) $(TOOLS_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TOOLS)/bin/python schemas/gate.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Refuses a schema change that readers or writers of yesterday could not live with.
gate: $(TOOLS_READY)
	$(TOOLS)/bin/python schemas/gate.py

# Now and before (d77cc08) side by side in one run. Last line: one line of JSON. Settings: ROUNDS, PARTS.
# PEERS=1: Quix Streams beside us as well, in an environment of its own.
bench: $(READY) $(if $(PEERS),$(PEERS_READY))
	$(BIN)/python tests/bench/bench.py $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(PARTS),--parts $(PARTS)) $(if $(PEERS),--peers)

# Live load, workers and brokers killed, everything verified. Last line: one line of JSON.
torture: $(READY)
	$(BIN)/python tests/faults/torture.py --seed $(SEED) --runs $(RUNS) --engine $(ENGINE) $(if $(SCENARIO),--scenario $(SCENARIO))

# Two wheels in dist/: the program, and the sandbox that only laptops install.
wheel: $(READY)
	$(BIN)/python -m hatchling build -t wheel
	cd agents/sandbox && ../../$(BIN)/python -m hatchling build -t wheel -d ../../dist

# Locks what pyproject.toml asks for, with hashes and without addresses; of that, deploy/requirements.lock has what a
# production image needs. Needs uv.
lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	uv pip compile pyproject.toml --extra registry -c requirements.lock --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -q -o deploy/requirements.lock
	uv pip compile requirements-tools.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -q -o requirements-tools.lock
	uv pip compile requirements-peers.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -q -o requirements-peers.lock
	uv pip compile requirements-mutants.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -q -o requirements-mutants.lock

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed, with its venv module"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(TOOLS_READY): requirements-tools.lock
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

$(PEERS_READY): requirements-peers.lock
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-peers.lock
	@touch $@

$(MUTANTS_READY): requirements-mutants.lock
	$(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-mutants.lock
	@touch $@

clean:
	rm -rf $(VENV) $(TOOLS) $(MUTANTS) $(dir $(PEERS_READY)) .data build dist mutants
