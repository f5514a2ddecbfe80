# SPDX-License-Identifier: MIT
"""Builds ryx._ryx with the core inside: `pip install ./python` in a checkout."""
import os
import pathlib
import re
import subprocess

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent
PKG = os.environ.get("PKG", "pkg-config")
CORE = ["libuv", "jansson", "libutf8proc", "libpcre2-8", "gmp"]
DRIVERS = ["libpq", "libmariadb", "sqlite3"]
LUA = ["lua5.4", "lua-5.4", "lua54", "lua"]


def has(package):
    return subprocess.run([PKG, "--exists", package], check=False).returncode == 0


def flags(kind, packages):
    return subprocess.check_output([PKG, kind, *packages], text=True).split()


class Build(build_ext):
    def build_extension(self, ext):
        made = pathlib.Path(self.build_temp).resolve() / "ryx"
        library, embedded = made / "lib/libryx.a", made / "gen/embedded.c"
        subprocess.check_call([os.environ.get("MAKE", "make"), "-s", "-C", TOP, f"B={made}", library, embedded])
        lua = next(p for p in LUA if has(p))
        ext.sources = [os.path.relpath(f, HERE) for f in [*sorted(TOP.glob("src/lua/*.c")), *sorted(HERE.glob("src/*.c")),
                                                          embedded]]
        ext.include_dirs = [str(TOP / "include"), str(TOP / "src"), str(HERE / "src")]
        ext.define_macros = [("_GNU_SOURCE", None)]
        ext.extra_compile_args = ["-std=gnu11", "-fvisibility=hidden", *flags("--cflags", [lua])]
        ext.extra_objects = [str(library)]
        ext.extra_link_args = [*flags("--libs", [*CORE, *filter(has, DRIVERS), lua]), "-pthread", "-lm"]
        super().build_extension(ext)


version = re.search(r'RYX_VERSION "(.*?)"', (TOP / "include/ryx.h").read_text())[1]
setup(version=version, ext_modules=[Extension("ryx._ryx", sources=[])], cmdclass={"build_ext": Build})
