"""Run a Pulumi program to its end in this process, as the Python language host of Pulumi does."""

from __future__ import annotations

import asyncio
import contextlib
import runpy
import sys
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

from pulumi.runtime import settings as sdk_settings
from pulumi.runtime import stack as sdk_stack


def run(program: Callable[[], object] | Path, *, keep_modules: bool) -> None:
    """Run a program under the SDK's present settings, and wait for all of its outputs.

    Args:
        program: A function, or the folder of a `__main__.py`.
        keep_modules: Whether modules in the program's folder stay imported.
    """
    with _short_tracebacks():
        _complete(sdk_stack.run_in_stack(lambda: _program(program, keep_modules=keep_modules)))


@contextlib.contextmanager
def _short_tracebacks() -> Generator[None]:
    """Limit tracebacks while the program runs: the SDK sends one with each request, a sixth of the evaluation time.

    Exceptions that the program raises keep their whole traceback.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = 1
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


class _InlineExecutor(ThreadPoolExecutor):
    """Runs each request in the calling thread: the monitor is in this process, so a thread would only cost time."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def _complete(running: Coroutine[Any, Any, None]) -> None:
    """Run a program on a new event loop, and cancel every task that is left when it fails halfway."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_InlineExecutor())
    # The first failure is raised below; outputs that waited for it need not report it again.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(running)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()


async def _program(program: Callable[[], object] | Path, *, keep_modules: bool) -> None:
    if callable(program):
        program()
        await _outputs()
    else:
        folder = program.resolve()
        with contextlib.chdir(folder), _modules_of(folder, keep=keep_modules):
            # Python finds the modules of the program in its folder, because `run_path` gets a folder and not a file.
            runpy.run_path(str(folder), run_name="__main__")
            await _outputs()


@contextlib.contextmanager
def _modules_of(folder: Path, *, keep: bool) -> Generator[None]:
    """Remove the modules of the program at the end, unless `keep`, so that the next evaluation imports them again."""
    imported = set(sys.modules)
    try:
        yield
    finally:
        for name in () if keep else set(sys.modules) - imported:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(folder) and "site-packages" not in file:
                del sys.modules[name]


async def _outputs() -> None:
    """Wait for every pending output.

    The SDK waits for them one by one and checks all the others each time; waiting for all at once is linear.
    """
    outputs: set[asyncio.Task[Any]] = cast("Any", sdk_settings.SETTINGS).outputs
    while pending := [task for task in outputs if not task.done()]:
        await asyncio.gather(*pending)
