# SPDX-License-Identifier: MIT
"""The examples of pages: the Python blocks of each are one program; an expression with
`# -> value` behind or below it must have that repr."""
import ast
import asyncio
import inspect
import pathlib
import re
import warnings

import pytest

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGES = ["reference/python.md", "guide/python.md"]


def blocks(page, language):
    text = page.read_text()
    for match in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.S | re.M):
        yield text[: match.start(1)].count("\n"), match[1]


def statements(page):
    """Each statement of the page with its line and what it must give."""
    for offset, source in blocks(page, "python"):
        lines = source.splitlines()
        for node in ast.parse(source).body:
            after = "\n".join(lines[node.end_lineno - 1 : node.end_lineno + 1])
            want = re.match(r"(?:.*\S.*# -> |.*\n# -> )(.*)$", after, re.M)
            yield offset + node.lineno, node, want and want[1].strip()


async def run(page, node, names, mode):
    tree = ast.Expression(node.value) if mode == "eval" else ast.Module([node], [])
    code = compile(tree, str(page), mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    value = eval(code, names)
    return await value if inspect.isawaitable(value) and code.co_flags & inspect.CO_COROUTINE else value


@pytest.mark.skipif(not DOCS.exists(), reason="the documents are not here")
@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page(name, tmp_path, monkeypatch):
    page = DOCS / name
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.lua").write_text("".join(source for _, source in blocks(page, "lua")))

    async def main():
        names, checked = {}, 0
        for line, node, want in statements(page):
            value = await run(page, node, names, "eval" if isinstance(node, ast.Expr) else "exec")
            if want is not None:
                assert repr(value) == want, f"{name}:{line}"
                checked += 1
        assert checked > 15

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        asyncio.run(main())
