# `make help` lists what can be made. Set-up (tools/setup.py) skips what has not changed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The first Python here that the product supports; `make PYTHON=…` names another. Debian's own comes before what a
# version manager puts into the path: it is built with optimisation (PGO, LTO), and a page is a quarter quicker with it.
PYTHON ?= $(shell for p in /usr/bin/python3 python3 python3.11 python3.12; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null \
		&& echo $$p && exit; \
	done; echo python3)
BIN := .venv/bin
LUODI := $(BIN)/luodi
PYTEST := $(BIN)/pytest
POSTGRES := $(BIN)/python tools/postgres.py run
# Test processes side by side, and what else pytest shall be told: make test T="-k gates".
# A narrowed run may find nothing in one of its layers (exit 5); a whole one may not.
WORKERS ?= 2
T ?=
NARROWED = $(if $(T),|| [ $$? -eq 5 ])

.PHONY: help
help: ## 列出全部命令
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## 准备环境：Python 与前端软件包、前端构建、译文（无变化的步骤跳过）
	@command -v $(PYTHON) >/dev/null || { echo "没有 $(PYTHON)。Debian 12：以 root 执行 apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) tools/setup.py

.PHONY: setup-tests
setup-tests:
	@command -v $(PYTHON) >/dev/null || { echo "没有 $(PYTHON)。Debian 12：以 root 执行 apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) tools/setup.py --browser

.PHONY: demo
demo: setup ## 建立演示县（SQLite）并启动，显示网址与各角色账号；Ctrl-C 停止
	@echo "== 数据库 =="
	@$(LUODI) migrate
	@echo "== 演示县 =="
	@$(LUODI) demo

.PHONY: test
test: setup-tests ## 全部测试：SQLite、真实的 PostgreSQL、浏览器
	@echo "== 1/3 SQLite =="
	@LUODI_TEST_DB=sqlite $(PYTEST) -n $(WORKERS) --dist worksteal -m "not browser" $(T) $(NARROWED)
	@echo "== 2/3 PostgreSQL =="
	@LUODI_TEST_DB=postgres $(POSTGRES) --tests -- $(PYTEST) -n $(WORKERS) --dist worksteal -m "not browser" --ignore src/luodi/engines $(T) $(NARROWED)
	@echo "== 3/3 浏览器 =="
	@LUODI_TEST_DB=sqlite $(PYTEST) -n $(WORKERS) --dist worksteal -m browser $(T) $(NARROWED)

.PHONY: test-quick
test-quick: setup ## 快速测试，四分钟左右：只用 SQLite，不开浏览器，不做慢的
	@LUODI_TEST_DB=sqlite $(PYTEST) -n $(WORKERS) --dist worksteal -m "not slow and not browser" $(T) $(NARROWED)

.PHONY: check
check: setup ## 静态检查：格式、规范、类型、分层、模板、迁移、译文
	@echo "1/8  ruff format"; $(BIN)/ruff format --check --output-format concise . || { echo "格式不符，请执行 make format"; exit 1; }
	@echo "2/8  ruff"; $(BIN)/ruff check --quiet .
	@echo "3/8  mypy"; LUODI_DATA=build/check $(BIN)/mypy
	@echo "4/8  import-linter"; $(BIN)/lint-imports --no-logo --cache-dir build/import-linter
	@echo "5/8  djlint"; $(BIN)/djlint --quiet --lint src
	@echo "6/8  makemigrations --check"; LUODI_DATA=build/check DATABASE_URL= $(LUODI) makemigrations --check --dry-run
	@echo "7/8  译文"; $(BIN)/python tools/messages.py check
	@echo "8/8  文件"; $(BIN)/python tools/check_tree.py

.PHONY: format
format: setup ## 按规范整理代码格式
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: setup ## 性能测试：SQLite 与 PostgreSQL，结果写入 docs/benchmarks.md
	@$(BIN)/python -m bench

.PHONY: screenshots
screenshots: setup-tests ## 重新生成 docs/screenshots 中的截图
	@$(BIN)/python tools/screenshots.py

.PHONY: messages
messages: setup ## 从源代码提取待译文字（需要 gettext 程序）
	@$(BIN)/python tools/messages.py extract

.PHONY: lock
lock: setup ## 按 pyproject.toml 重新锁定软件包版本（给维护者）
	@$(BIN)/python tools/lock.py

.PHONY: clean
clean: ## 删除构建产物（保留 .venv 与数据）
	@rm -rf build dist src/luodi/web/static/dist .ruff_cache .import_linter_cache .hypothesis
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
	@find src -name '*.mo' -delete

.PHONY: clean-all
clean-all: clean ## 另外删除 .venv 与 node_modules（仍保留 var/ 中的数据）
	@rm -rf .venv node_modules
