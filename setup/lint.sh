# Lint of the whole repo: ruff, pylint-odoo, prettier, eslint, shellcheck. Sourced by setup/test.
# shellcheck shell=bash

# lint [--fix] [PATH...]: report, or mend what can be mended; returns 1 if something is left.
lint() {
    local failed=0 fix=
    if [ "${1:-}" = --fix ]; then
        fix=1
        shift
    fi
    local paths=("$@")
    find_linters
    cd "$REPO" || return
    [ ${#paths[@]} -gt 0 ] || paths=(.)
    lint_python || failed=1
    lint_web || failed=1
    lint_shell || failed=1
    return $failed
}

find_linters() {
    LINT=$CACHE/lint-$(stamp "$("$BASE_PYTHON" -V)" "$REPO/setup/lint/requirements.txt")
    [ -f "$LINT/complete" ] || alone lint fill_venv "$LINT" "$REPO/setup/lint/requirements.txt" \
        "Installing the linters from PyPI"
    have npm || apt_install nodejs npm || true
    NODE=$CACHE/node-$(stamp node "$REPO/setup/lint/package.json")
    if ! have npm; then
        NOT_RUN+=("Lint of XML and JavaScript: no node. Install it (Debian, Ubuntu: apt install nodejs npm).")
    elif [ ! -f "$NODE/complete" ]; then
        alone lint fill_node
    fi
}
fill_node() {
    [ ! -f "$NODE/complete" ] || return 0
    say "Installing prettier and eslint from npm"
    mkdir -p "$NODE"
    cp "$REPO/setup/lint/package.json" "$NODE/"
    quietly npm npm install --prefix "$NODE" --no-audit --no-fund --no-package-lock
    touch "$NODE/complete"
}

lint_python() {
    local failed=0 modules=() sources=() path
    for path in "${paths[@]}"; do
        if [ -d "$path" ] || [ "${path##*.}" = py ]; then sources+=("$path"); fi
    done
    [ ${#sources[@]} -gt 0 ] || return 0
    if [ -n "$fix" ]; then
        "$LINT/bin/ruff" check --fix --quiet "${sources[@]}" || failed=1
        "$LINT/bin/ruff" format --quiet "${sources[@]}" || failed=1
    else
        "$LINT/bin/ruff" check --quiet "${sources[@]}" || failed=1
        "$LINT/bin/ruff" format --quiet --diff "${sources[@]}" || failed=1
    fi
    for path in "${paths[@]}"; do
        case $path in
        .) modules+=("${ADDONS[@]}" tests/example_addon/*/) ;;
        # pylint's checks are about addons.
        *.py) [ ! -f "${path%%/*}/__manifest__.py" ] || modules+=("$path") ;;
        *) [ ! -f "$path/__init__.py" ] || modules+=("$path") ;;
        esac
    done
    # No PYTHONPATH that could lead to an Odoo.
    [ ${#modules[@]} -eq 0 ] ||
        PYTHONPATH='' "$LINT/bin/pylint" -j 1 --rcfile=.pylintrc --score=n "${modules[@]}" || failed=1
    return $failed
}
lint_web() {
    [ -f "$NODE/complete" ] || return 0
    local failed=0
    lint_format || failed=1
    lint_scripts || failed=1
    return $failed
}
lint_format() {
    local mode=(--list-different) files=()
    [ -z "$fix" ] || mode=(--write --log-level warn)
    mapfile -t files < <(find "${paths[@]}" -not -path '*/.work/*' -not -path '*/static/lib/*' \
        \( -name '*.xml' -o -name '*.js' -o -name '*.scss' \))
    [ ${#files[@]} -gt 0 ] || return 0
    "$NODE/node_modules/.bin/prettier" --plugin "$NODE/node_modules/@prettier/plugin-xml/src/plugin.js" \
        "${mode[@]}" "${files[@]}" && return
    note "prettier wants the files above otherwise: ./setup/test --fix writes them anew"
    return 1
}
lint_scripts() {
    local mode=() files=()
    [ -z "$fix" ] || mode=(--fix)
    mapfile -t files < <(find "${paths[@]}" -path '*/static/*' -not -path '*/.work/*' -not -path '*/static/lib/*' -name '*.js')
    [ ${#files[@]} -gt 0 ] || return 0
    # Beside the packages that it imports.
    cp setup/lint/eslint.config.mjs "$NODE/"
    "$NODE/node_modules/.bin/eslint" --config "$NODE/eslint.config.mjs" --max-warnings 0 \
        "${mode[@]}" "${files[@]}"
}
lint_shell() {
    [ "${paths[*]}" = . ] || return 0
    "$LINT/bin/shellcheck" --external-sources --source-path="$REPO" \
        "$REPO"/setup/{run,test,translate,readme,common.sh,lint.sh} "$REPO/.ci/run"
}
