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

.PHONY: help setup lock train demo test unit e2e check format bench evaluate simulate clean

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

train: $(READY)  ## 训练模型（数据没变就跳过）/ train the model unless it is current
	@$(BIN)/python -W ignore -m bot.train

demo: $(READY)  ## 在本机跑起整套系统；SYSTEMS=platforms 接上假的淘宝和快递100 / run everything on this machine
	@exec $(BIN)/python -W ignore -m deploy.demo --systems $(or $(SYSTEMS),own)

test: $(READY)  ## 全部测试 / all tests
	@deploy/test_tools.sh
	@$(MAKE) --no-print-directory unit e2e

unit: $(READY)  ## 单元与契约测试（约 4 分钟）/ unit and contract tests
	@$(BIN)/python -m pytest -q -m "not e2e" -n 2

e2e: $(READY) train  ## 真进程、真浏览器的测试 / tests with real processes and a real browser
	@$(BIN)/python -m pytest -q -m e2e

check: $(READY) train  ## 格式、规范、类型、数据 / format, lint, types, data validation
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -W ignore -m rasa data validate -d domain --fail-on-warnings

format: $(READY)  ## 整理格式 / format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) train  ## 与原版 Rasa 对比 / compare with stock Rasa
	@$(BIN)/python -W ignore -m bench

evaluate: $(READY) train  ## 听懂了多少：用没见过的消息考一考 / how well messages never seen are understood
	@$(BIN)/python -W ignore -m bench.understanding

simulate: $(READY) train  ## 模拟顾客和真实的进程对话，办完查账 / simulated shoppers, effects checked
	@$(BIN)/python -W ignore -m bench.simulate

clean:  ## 删除虚拟环境、模型和演示数据 / remove .venv, models and demo data
	rm -rf $(VENV) models var .rasa .mypy_cache .ruff_cache .pytest_cache
