"""Mutation testing of what must not be wrong: the moves, the claim, compare-and-set, the branches that fail closed.

./dev bench mutants                         all targets: a while
./dev bench mutants --only queues --list    what would be changed
./dev bench mutants --only judge,moves

Each mutant is one small change in a copy of the tree; the project's own tests must notice. Our own, for what matters
most here are statements and tables that are built when a module is imported: mutmut changes functions only, and neither
it nor cosmic-ray takes a condition out of a WHERE.
"""

import argparse
import ast
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from tests.benchmarks._survivors import EXPLAINED
from tests.benchmarks._tables import machine, table

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 600
EVERY_LINE: Final = (range(1, sys.maxsize),)
_LIFE: Final = ("tests/operations/test_life.py",)
_DECISIONS: Final = ("tests/api/test_decisions.py", "tests/api/test_undo.py")
_FENCES: Final = ("tests/operations/test_fences.py",)
_ALL: Final = (
    *_LIFE, *_FENCES, "tests/operations/test_revise_and_withdraw.py", *_DECISIONS, "tests/operations/test_scoring.py",
    "tests/operations/test_machine.py",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A file, the parts of it that are changed (none: all), and the tests that must notice, the likeliest first."""

    path: str
    tests: Sequence[str]
    parts: Sequence[str] = ()


TARGETS: Final = {
    "comment": Target("service/domain/comment.py", ("tests/domain/test_comment.py", *_ALL)),
    "queues": Target(
        "service/store/queues.py",
        (
            "tests/store/test_queues.py", *_LIFE, *_FENCES, "tests/workers/test_undertaker.py",
            "tests/operations/test_batches.py", "tests/operations/test_scoring.py",
            "tests/api/test_queue.py", "tests/api/test_claims.py", "tests/api/test_detail.py",
        ),
    ),
    "moving": Target("service/store/moving.py", ("tests/store/test_compare_and_set.py", *_ALL)),
    "judge": Target(
        "service/operations/judge.py",
        (*_LIFE, *_FENCES, "tests/operations/test_samples.py", "tests/workers/test_past.py", *_ALL[2:]),
        ("judge", "_apply", "_awaits", "_change", "_waits_since"),
    ),
    "engine": Target(
        "workers/engine.py", ("tests/workers/test_engine.py", *_LIFE),
        ("moderate", "_ask", "_run", "completed", "give_up"),
    ),
    "tasks": Target(
        "workers/tasks.py",
        (*_LIFE, "tests/operations/test_batches.py", *_FENCES, "tests/operations/test_scoring.py"),
        ("judge_batch", "_judge", "_judge_alone", "park"),
    ),
    "moves": Target(
        "service/operations/moves.py",
        (
            "tests/operations/test_moves.py", *_LIFE, *_DECISIONS, *_ALL[2:3], "tests/api/test_claims.py",
            "tests/workers/test_campaigns.py", *_ALL[-2:],
        ),
    ),
    "policy": Target(
        "service/domain/policy.py", ("tests/domain/test_policy.py", "tests/workers/test_engine.py", *_LIFE),
        ("judge", "judge_in_shadow", "_by_threshold", "_is_over", "_by_mode"),
    ),
    "decide": Target(
        "service/operations/decide.py",
        (
            *_DECISIONS, *_LIFE, "tests/api/test_newsroom.py", "tests/api/test_wordings.py", "tests/api/test_audit.py",
            "tests/api/test_reports.py", "tests/api/test_claims.py", "tests/api/test_audits.py",
        ),
    ),
    "revise": Target("service/operations/revise.py", ("tests/operations/test_revise_and_withdraw.py", *_LIFE)),
    "withdraw": Target("service/operations/withdraw.py", ("tests/operations/test_revise_and_withdraw.py", *_LIFE)),
    "undo": Target("service/operations/undo.py", ("tests/api/test_undo.py",)),
}  # fmt: skip

_COMPARED: Final = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Is: "is not",
    ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_OTHER: Final = {
    "Status": ("PUBLISHED", "HELD"), "Action": ("PUBLISH", "HOLD"), "Cause": ("DECISION", "VERDICT"),
    "Lane": ("JUDGE", "SCORE"),
}  # fmt: skip
_CONDITIONS: Final = {"where", "and_", "or_", "order_by", "union", "having"}
_TAKEN_OFF: Final = {"with_for_update", "order_by", "limit", "where", "values"}


@dataclass(frozen=True)
class Mutant:
    """One change: what stands in a line, and what is put there."""

    line: int
    start: int
    end: int
    what: str
    text: str

    def of(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]

    def told(self, source: str) -> str:
        before = " ".join(source[self.start : self.end].split())
        return f"{self.line}: {self.what}: `{before[:90]}` -> `{' '.join(self.text.split())[:90] or 'nothing'}`"


class Mutator(ast.NodeVisitor):
    """Finds what can be changed, in one file or some parts of it."""

    def __init__(self, source: str, parts: Sequence[str] = ()) -> None:
        self.source = source
        self.found: list[Mutant] = []
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line.encode()))
        self._bytes = source.encode()
        body = ast.parse(source).body
        methods = [each for node in body if isinstance(node, ast.ClassDef) for each in node.body]
        for node in [*body, *(methods if parts else [])]:
            if (not parts and not _is_told(node)) or _names(node) & set(parts):
                self.visit(node)

    def _at(self, line: int, column: int) -> int:
        """Positions are in bytes; ours are in characters."""
        return len(self._bytes[: self._starts[line - 1] + column].decode())

    def _span(self, node: ast.AST) -> tuple[int, int]:
        where: ast.expr = node  # type: ignore[assignment]
        end_line, end_column = where.end_lineno or where.lineno, where.end_col_offset or 0
        return self._at(where.lineno, where.col_offset), self._at(end_line, end_column)

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source[start:end]

    def _put(self, node: ast.AST, what: str, text: str) -> None:
        start, end = self._span(node)
        self.found.append(Mutant(node.lineno, start, end, what, text))  # type: ignore[attr-defined]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for each in node.body:
            self.visit(each)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Without what is told to its decorators: that a dataclass is frozen is mypy's to notice."""
        for each in node.body:
            self.visit(each)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        for place, operator in enumerate(node.ops):
            left = node.left if place == 0 else node.comparators[place - 1]
            right = node.comparators[place]
            self._put(
                node, "comparison",
                self._swapped(node, left, right, _COMPARED[type(operator)]),
            )  # fmt: skip
        self.generic_visit(node)

    def _swapped(self, node: ast.AST, left: ast.expr, right: ast.expr, operator: str) -> str:
        start, end = self._span(node)
        return f"{self.source[start : self._span(left)[1]]} {operator} {self.source[self._span(right)[0] : end]}"

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = " or " if isinstance(node.op, ast.And) else " and "
        self._put(node, "and/or", f"({word.join(f'({self._text(value)})' for value in node.values)})")
        for left_out in node.values:
            rest = [self._text(value) for value in node.values if value is not left_out]
            joined = (" and " if isinstance(node.op, ast.And) else " or ").join(f"({each})" for each in rest)
            self._put(node, "left out", f"({joined})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.Invert):
            self._put(node, "no not", self._text(node.operand))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        swapped = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.BitOr: "&", ast.BitAnd: "|"}.get(type(node.op))
        if isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Set):
            swapped = "|"
        if swapped is not None:
            self._put(node, "operator", self._swapped(node, node.left, node.right, swapped))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._put(node, "constant", str(not node.value))
        elif isinstance(node.value, int | float):
            self._put(node, "constant", str(node.value + 1))

    def visit_keyword(self, node: ast.keyword) -> None:
        """But for `expanding`, which SQLAlchemy sets itself where it must be."""
        if node.arg != "expanding":
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._put(node.test, "condition", f"not ({self._text(node.test)})")
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._put(node.test, "condition", f"(not ({self._text(node.test)}))")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._put(test, "filter", "True")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and not self._text(node).startswith(("_log", "meters")):
            self._put(node, "statement", "None")
        if isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom):
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._put(node, "statement", "pass")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in _OTHER:
            first, second = _OTHER[node.value.id]
            self._put(node, "word", f"{node.value.id}.{second if node.attr == first else first}")
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        items = [
            f"{self._text(key)}: {self._text(value)}" if key is not None else f"**{self._text(value)}"
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        for place in range(len(items) if all(isinstance(key, ast.Attribute) for key in node.keys) else 0):
            self._put(node, "entry", "{" + ", ".join(items[:place] + items[place + 1 :]) + "}")
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        items = [self._text(element) for element in node.elts]
        for place in range(len(items) if len(items) > 1 else 0):
            self._put(node, "entry", "{" + ", ".join(items[:place] + items[place + 1 :]) + "}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _CONDITIONS and len(node.args) > 1:
            for left_out in node.args:
                rest = [self._text(each) for each in [*node.args, *node.keywords] if each is not left_out]
                gone = " ".join(self._text(left_out).split())
                self._put(node, f"without {gone}", f"{self._text(node.func)}({', '.join(rest)})")
        if name == "values":
            for unset in node.keywords:
                rest = [self._text(each) for each in [*node.args, *node.keywords] if each is not unset]
                self._put(node, f"not set {unset.arg or '**'}", f"{self._text(node.func)}({', '.join(rest)})")
        if name in _TAKEN_OFF and isinstance(node.func, ast.Attribute):
            self._put(node, f"without .{name}()", self._text(node.func.value))
        self.generic_visit(node)


def _is_told(node: ast.stmt) -> bool:
    """What only tells of others: imports and docstrings."""
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def mutants(source: str, parts: Sequence[str] = (), lines: Sequence[range] = EVERY_LINE) -> list[Mutant]:
    """Every change in these lines that still reads as Python, once."""
    found = [each for each in dict.fromkeys(Mutator(source, parts).found) if any(each.line in some for some in lines)]
    return [each for each in found if each.of(source) != source and _reads(each.of(source))]


def _reads(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


@dataclass
class Bench:
    """A copy of the tree, in which a mutant is put, judged by the tests, and taken out again."""

    folder: Path
    quick: bool = False
    survivors: list[str] = field(default_factory=list)

    def survives(self, target: Target, mutant: Mutant | None) -> bool:
        """First on SQLite alone, which is quick; what that doesn't notice, PostgreSQL may: races are real there."""
        path = self.folder / target.path
        source = path.read_text(encoding="utf-8")
        if mutant is not None:
            path.write_text(mutant.of(source), encoding="utf-8")
        try:
            return self._passes(target.tests, "not postgresql") and (
                self.quick or self._passes(target.tests, "postgresql")
            )
        finally:
            path.write_text(source, encoding="utf-8")

    def _passes(self, tests: Sequence[str], which: str) -> bool:
        """In a process of its own, which has read nothing of ours before."""
        child = os.fork()
        if child == 0:
            self._judge([*tests, "-m", "not long", "-k", which])
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            ended, code = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(code) in {0, 5}  # 5: none of these is on that database
            time.sleep(0.05)
        os.killpg(child, signal.SIGKILL)  # it hangs: noticed
        os.waitpid(child, 0)
        return False

    def _judge(self, arguments: Sequence[str]) -> None:
        os.setpgid(0, 0)
        os.chdir(self.folder)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        sys.path[:] = [str(self.folder), *(each for each in sys.path if Path(each).resolve() != ROOT)]
        for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "service", "workers"}]:
            del sys.modules[name]
        sys.dont_write_bytecode = True
        code = 3
        try:
            import pytest

            code = int(
                pytest.main(["-x", "-q", "--hypothesis-seed=0", "-p", "no:cacheprovider", "--timeout=120", *arguments])
            )
        except BaseException:  # noqa: BLE001 - whatever it was, the mutant is noticed, and nothing of ours goes on here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)


def copy_of_the_tree() -> Path:
    """Without what makes stale bytecode: the source alone."""
    folder = Path(tempfile.mkdtemp(prefix="moderato-mutants-"))
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def measure(
    names: Sequence[str], *, quick: bool, sample: int | None = None, lines: Sequence[range] = EVERY_LINE
) -> Iterator[tuple[str, int, list[str]]]:
    """Each target's name, how many mutants it had, and those that nobody noticed; the explained ones aren't run."""
    for library in ("alembic", "apispec", "celery", "flask", "numpy", "psycopg", "redis"):
        importlib.import_module(library)  # each child has them already; of ours it has nothing
    folder = copy_of_the_tree()
    try:
        bench = Bench(folder, quick=quick)
        for name in names:
            target = TARGETS[name]
            if not bench.survives(target, None):
                raise AssertionError(f"the tests of {name} fail on what nobody has changed")
            source = (folder / target.path).read_text(encoding="utf-8")
            found, survivors = mutants(source, target.parts, lines), list[str]()
            if sample is not None and sample < len(found):
                found = sorted(Random(sample).sample(found, sample), key=lambda mutant: mutant.start)
            for number, mutant in enumerate(found, 1):
                told = mutant.told(source)
                if is_explained(name, told) or bench.survives(target, mutant):
                    survivors.append(told)
                    print(f"survived  {name} {told}", flush=True)
                if number % 10 == 0:
                    print(f"{name}: {number} of {len(found)}", file=sys.stderr, flush=True)
            yield name, len(found), survivors
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_explained(name: str, told: str) -> bool:
    return told.partition(": ")[2].startswith(tuple(EXPLAINED.get(name, ())))


def _ranges(lines: str) -> list[range]:
    parts = [part.partition("-") for part in lines.split(",")]
    return [range(int(first), int(last or first) + 1) for first, _, last in parts]


def main() -> None:
    arguments = argparse.ArgumentParser(
        prog="./dev bench mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--only", help=f"comma-separated: {', '.join(TARGETS)}")
    arguments.add_argument("--list", action="store_true", help="print the mutants, and judge none")
    arguments.add_argument("--quick", action="store_true", help="on SQLite alone")
    arguments.add_argument("--lines", metavar="A-B,C", help="only what begins there")
    arguments.add_argument("--sample", type=int, metavar="N", help="that many of each target, always the same")
    asked = arguments.parse_args()
    names = asked.only.split(",") if asked.only else list(TARGETS)
    lines = _ranges(asked.lines) if asked.lines else EVERY_LINE
    if asked.list:
        for name in names:
            source = (ROOT / TARGETS[name].path).read_text(encoding="utf-8")
            for mutant in mutants(source, TARGETS[name].parts, lines):
                print(f"{name} {mutant.told(source)}")
        return
    rows, all_of_them, killed = [], 0, 0
    for name, many, survivors in measure(names, quick=asked.quick, sample=asked.sample, lines=lines):
        unexplained = [told for told in survivors if not is_explained(name, told)]
        rows.append((name, many, many - len(survivors), len(survivors) - len(unexplained), len(unexplained)))
        all_of_them, killed = all_of_them + many, killed + many - len(survivors)
    print(table(("target", "mutants", "killed", "explained", "unexplained"), rows))
    print(f"{killed} of {all_of_them} killed: {killed / all_of_them:.1%}; {machine()}")


if __name__ == "__main__":
    main()
