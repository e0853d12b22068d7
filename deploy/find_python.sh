#!/bin/sh
# Prints the path of a Python 3.10, or says what to install and fails.
set -eu
usable() { "$1" -c 'import sys, venv, ensurepip; raise SystemExit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; }

for candidate in "${PYTHON:-}" python3.10 python3 python; do
    [ -n "$candidate" ] || continue
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if usable "$path"; then echo "$path"; exit 0; fi
done
if command -v pyenv >/dev/null 2>&1; then
    for version in $(pyenv versions --bare 2>/dev/null | grep '^3\.10\.' | sort -t. -k3 -nr); do
        path="$(pyenv root)/versions/$version/bin/python"
        if usable "$path"; then echo "$path"; exit 0; fi
    done
fi
if command -v uv >/dev/null 2>&1; then
    path=$(uv python find 3.10 2>/dev/null) || path=
    if [ -n "$path" ] && usable "$path"; then echo "$path"; exit 0; fi
fi
cat >&2 <<'EOF'
没有找到 Python 3.10（Rasa 3.6 只支持到 3.10）。任选一种方式安装后重试：
No Python 3.10 found (Rasa 3.6 supports nothing newer). Install it one of these ways, then try again:
  pyenv install 3.10            https://github.com/pyenv/pyenv
  uv python install 3.10        https://docs.astral.sh/uv/
  apt-get install python3.10-venv   (Ubuntu 22.04)
or name one:  make setup PYTHON=/path/to/python3.10
EOF
exit 1
