SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ROOMS := shop conversations connectors actions bot desk deploy bench tests

export RASA_TELEMETRY_ENABLED := false
export PYTHONPATH := $(CURDIR)
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help setup lock train demo test unit e2e check format bench clean

help:  ## 列出全部命令 / list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY)  ## 建好 .venv / create .venv with Python 3.10 from requirements.lock

$(READY): requirements.lock
	@python=$$(deploy/find_python.sh); \
	echo "▸ $$("$$python" --version) → $(VENV)"; \
	"$$python" -m venv --clear $(VENV); \
	echo "▸ 安装依赖（约 2 分钟）/ installing, about two minutes"; \
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --use-pep517 -r requirements.lock
	@touch $@

lock:  ## 依赖改动后重新锁定 / pin again after a change in pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --python-version 3.10 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o requirements.lock
