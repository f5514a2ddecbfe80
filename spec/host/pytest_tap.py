# SPDX-License-Identifier: MIT
"""Runs pytest and prints one TAP line per test, for scripts/check.sh."""
import sys

import pytest


class Tap:
    def __init__(self):
        self.n = 0

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        self.n += 1
        if report.outcome == "skipped":
            print(f"\nok {self.n} - {report.nodeid} # SKIP {report.longrepr[-1]}")
        elif report.outcome == "passed":
            print(f"\nok {self.n} - {report.nodeid}")
        else:
            print(f"\nnot ok {self.n} - {report.nodeid}")


sys.exit(pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Tap()]))
