// How our JavaScript is linted: what Odoo's own configuration asks for, and a little more. prettier does the format.
import js from "@eslint/js";

const browser = ["clearTimeout", "console", "document", "fetch", "setTimeout", "URL", "window"];
const odoo = ["luxon", "odoo"];

export default [
    js.configs.recommended,
    {
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: Object.fromEntries([...browser, ...odoo].map((name) => [name, "readonly"])),
        },
        linterOptions: {reportUnusedDisableDirectives: "error"},
        rules: {
            "arrow-body-style": "error",
            "consistent-return": "error",
            curly: "error",
            "dot-notation": "error",
            eqeqeq: "error",
            "max-lines": ["error", 400],
            "max-lines-per-function": ["error", {max: 50, skipComments: true}],
            "no-console": "error",
            "no-duplicate-imports": "error",
            "no-else-return": "error",
            "no-implicit-coercion": "error",
            "no-shadow": "error",
            "no-unused-vars": ["error", {args: "after-used", caughtErrors: "all"}],
            "no-useless-return": "error",
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
            "prefer-template": "error",
            "sort-imports": ["error", {ignoreCase: true, ignoreDeclarationSort: true}],
        },
    },
    // A tour is one list of steps.
    {files: ["**/static/tests/**"], rules: {"max-lines-per-function": "off"}},
];
