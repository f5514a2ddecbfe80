# SPDX-License-Identifier: MIT
"""Modules of python/ryx use each other in one direction only, wherever the import
stands; they import no private name of a sibling, reach for none and set none of its
attributes. The extension _ryx is a module, too, that imports in C."""
import ast
import pathlib
import re
import sys

PACKAGE, EXTENSION = pathlib.Path("python/ryx"), "_ryx"
MODULES = {path.stem: path for path in sorted(PACKAGE.glob("*.py"))}


def is_private(name):
    return name.startswith("_") and not name.endswith("__") and name != EXTENSION


def imports(tree):
    """(module, name or None, what it is called here), those inside functions as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == "ryx"):
            module = (node.module or "") if node.level else node.module.partition(".")[2]
            for alias in node.names:
                here = alias.asname or alias.name
                if not module and (alias.name in MODULES or alias.name == EXTENSION):
                    yield alias.name, None, here
                else:
                    yield module or "__init__", alias.name, here
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "ryx":
                    yield alias.name.partition(".")[2] or "__init__", None, alias.asname or "ryx"


def reaches(tree, siblings):
    """Attributes of what came from siblings that are private, or set from here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in siblings:
            if is_private(node.attr) or not isinstance(node.ctx, ast.Load):
                yield f"{node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr"):
            if isinstance(node.args[0], ast.Name) and node.args[0].id in siblings:
                yield f"{node.lineno}: {node.func.id} of {node.args[0].id}"
        elif isinstance(node, (ast.Name, ast.Attribute)):
            if getattr(node, "id", getattr(node, "attr", "")) in ("__import__", "import_module"):
                yield f"{node.lineno}: an import that hides"


def circle(arrows):
    """A way round, or None."""
    done = set()

    def visit(name, trail):
        if name in trail:
            return [*trail[trail.index(name):], name]
        if name in done:
            return None
        found = next(filter(None, (visit(to, [*trail, name]) for to in sorted(arrows.get(name, ())))), None)
        done.add(name)
        return found

    return next(filter(None, (visit(name, []) for name in sorted(arrows))), None)


def main():
    c = "".join(path.read_text() for path in sorted(PACKAGE.with_name("src").glob("*.c")))
    arrows = {EXTENSION: set(re.findall(r'import\(&[\w>-]+, "ryx\.(\w+)"', c))}
    private, reached = [], []
    for path in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("*.pyi")]):
        tree = ast.parse(path.read_text(), str(path))
        found = list(imports(tree))
        private += [f"{path} imports {name or module}" for module, name, _ in found if is_private(name or module)]
        # Types may name each other.
        if path.suffix == ".py":
            arrows[path.stem] = {module for module, _, _ in found}
            reached += [f"{path}:{what}" for what in reaches(tree, {here for _, _, here in found})]
    checks = [
        ("the modules of ryx use each other in one direction", [" -> ".join(circle(arrows) or [])]),
        ("no module of ryx imports a private name of another", private),
        ("no module of ryx reaches into another", reached),
        ("the extension imports what it needs of the package", [] if arrows[EXTENSION] else ["no import was found"]),
    ]
    failures = 0
    for n, (name, bad) in enumerate(checks, 1):
        bad = "; ".join(filter(None, bad))
        failures += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {n} - {name}{bad and ': ' + bad}")
    print(f"1..{len(checks)}")
    sys.exit(failures > 0)


main()
