"""Functions that run at once."""

from __future__ import annotations

import threading


def together(*functions):
    """Runs functions at the same time; returns their results, or raises an exception of one."""
    results, errors = [None] * len(functions), []
    start = threading.Barrier(len(functions))

    def call(at, function):
        start.wait()
        try:
            results[at] = function()
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=call, args=(at, function), daemon=True)
        for at, function in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread never came back"
    if errors:
        raise errors[0]
    return results
