"""Sources that fail on demand, and the message for a file in text mode."""

from __future__ import annotations

TEXT = 'expected a binary file, got one in text mode: open it with open(path, "rb")'


class Failing:
    """Gives what it is told, and raises what is an exception."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, size):
        if not self.answers:
            return b""
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer
