"""Parser: the words of a `--where` expression as a tree.

Owns the grammar, and nothing else: no column is looked up here. Nothing is ever evaluated by Python.

    or       = and { "or" and }
    and      = not { "and" not }
    not      = "not" not | "(" or ")" | test
    test     = column [ operator value | ["not"] "in" "(" value { "," value } ")"
                      | ["not"] "contains" ( text | "(" text { "," text } ")" )
                      | ["not"] ("starts" | "ends") "with" text | "is" ["not"] "empty" ]
    operator = "==" | "!=" | "<" | "<=" | ">" | ">="          value = text | number | date | "yes" | "no"

Raises `InputProblem` with the place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

from mailer.address import printable
from mailer.contacts.audience.where.lexer import Kind, Token, tokenise, wrong
from mailer.contacts.audience.where.tree import (
    OPERATORS,
    And,
    Column,
    Compare,
    Contains,
    EndsWith,
    Expression,
    In,
    IsEmpty,
    IsSet,
    Not,
    Or,
    StartsWith,
    Value,
)
from mailer.errors import InputProblem

DEEPEST: Final = 40
_Read = TypeVar("_Read")
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}


def parse_where(text: str) -> Expression:
    """Parse an expression.

    Raises:
        InputProblem: it is none; the message says where and what, the hint shows the place.
    """
    text = unicodedata.normalize("NFC", text)
    parser = _Parser(text)
    if parser.is_at_end():
        raise wrong(text, "there is nothing in it; write --where 'country == \"DE\"'", [(0, 0)])
    tree = parser.either(0)
    if not parser.is_at_end():
        raise parser.error_after_test()
    return tree


class _Parser:
    """One pass over the words, looking at one of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenise(text)
        self.now = next(self._tokens)

    def is_at_end(self) -> bool:
        """Return whether all words are read."""
        return self.now.kind is Kind.END

    def either(self, depth: int) -> Expression:
        """Read `… or …`."""
        parts = [self._both(depth)]
        while self._took(Kind.KEYWORD, "or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, depth: int) -> Expression:
        parts = [self._single(depth)]
        while self._took(Kind.KEYWORD, "and"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise self._error(f"it is nested more than {DEEPEST} deep")
        if self._took(Kind.KEYWORD, "not"):
            return Not(self._single(depth + 1))
        opened = self.now
        if self._took(Kind.SIGN, "("):
            inside = self.either(depth + 1)
            if not self._took(Kind.SIGN, ")"):
                if self.now.kind is Kind.END:
                    raise wrong(self._text, "this bracket is never closed", [(opened.at, opened.end)])
                raise self.error_after_test()
            return inside
        return self._test()

    def _test(self) -> Expression:
        column = self._column()
        if self.now.kind is Kind.SIGN and self.now.said in OPERATORS:
            return Compare(column, self._next().said, self._value())
        if self._took(Kind.KEYWORD, "is"):
            return self._is_empty(column)
        negated = self.now
        is_not = self._took(Kind.KEYWORD, "not")
        test = self._worded(column)
        if test is None:
            if is_not:
                raise wrong(
                    self._text, "after not comes in, contains, starts with or ends with", [self._place(negated)]
                )
            return IsSet(column)
        return Not(test) if is_not else test

    def _worded(self, column: Column) -> Expression | None:
        if self._took(Kind.KEYWORD, "in"):
            if not (self.now.kind is Kind.SIGN and self.now.said == "("):
                raise self._error('after in comes a list in brackets: in ("health", "science")')
            return In(column, self._listed(self._value))
        if self._took(Kind.KEYWORD, "contains"):
            bracket = self.now.kind is Kind.SIGN and self.now.said == "("
            return Contains(column, self._listed(self._words) if bracket else (self._words(),))
        for word, made in (("starts", StartsWith), ("ends", EndsWith)):
            if self._took(Kind.KEYWORD, word):
                if not self._took(Kind.KEYWORD, "with"):
                    raise self._error(f"write {word} with")
                return made(column, self._words())
        return None

    def _is_empty(self, column: Column) -> Expression:
        is_not = self._took(Kind.KEYWORD, "not")
        if not self._took(Kind.KEYWORD, "empty"):
            raise self._error('after is comes empty or not empty; with a value, write == "…"')
        return Not(IsEmpty(column)) if is_not else IsEmpty(column)

    def _listed(self, read: Callable[[], _Read]) -> tuple[_Read, ...]:
        opened = self._next()
        values = [read()]
        while self._took(Kind.SIGN, ","):
            values.append(read())
        if not self._took(Kind.SIGN, ")"):
            if self.now.kind is Kind.END:
                raise wrong(self._text, "this bracket is never closed", [self._place(opened)])
            raise self._error("between values stands a comma")
        return tuple(values)

    def _column(self) -> Column:
        token = self.now
        if token.kind is Kind.NAME:
            self._next()
            return Column(token.said, token.at, token.end)
        if token.kind is Kind.TEXT:
            raise self._error(
                "a test begins with its column; one whose name has blanks stands in backticks: `Kontakt E-Mail`"
            )
        if token.kind is Kind.KEYWORD:
            raise self._error(f"here a column is missing; one that is called {token.said} stands in backticks")
        raise self._error("here a column is missing")

    def _value(self) -> Value:
        token = self.now
        if token.kind is Kind.TEXT:
            return self._next().said
        if token.kind is Kind.NUMBER:
            return Decimal(self._next().said)
        if token.kind is Kind.KEYWORD and token.said in _FLAGS:
            return _FLAGS[self._next().said]
        if token.kind is Kind.NAME:
            raise self._error(f'text stands in quotation marks: "{printable(token.said)}"')
        raise self._error('here a value is missing: "text", a number, a date as 2026-11-24, yes or no')

    def _words(self) -> str:
        if self.now.kind is Kind.NUMBER:
            return self._next().said
        if self.now.kind is Kind.TEXT:
            return self._next().said
        if self.now.kind is Kind.NAME:
            raise self._error(f'text stands in quotation marks: "{printable(self.now.said)}"')
        raise self._error('here text is missing: "…"')

    def error_after_test(self) -> InputProblem:
        """Return what could have come where something else stands."""
        if self.now.kind is Kind.SIGN and self.now.said == ")":
            return self._error("this bracket was never opened")
        if self.now.kind is Kind.NAME:
            return self._error("between two tests stands and or or; a name with blanks stands in backticks")
        return self._error("here should be and, or, or the end")

    def _took(self, kind: Kind, said: str) -> bool:
        if self.now.kind is kind and self.now.said == said:
            self._next()
            return True
        return False

    def _next(self) -> Token:
        taken = self.now
        if taken.kind is not Kind.END:
            self.now = next(self._tokens)
        return taken

    @staticmethod
    def _place(token: Token) -> tuple[int, int]:
        return token.at, token.end

    def _error(self, message: str) -> InputProblem:
        return wrong(self._text, message, [self._place(self.now)])
