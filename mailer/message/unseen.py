"""Unseen: what stands in a template and never in a mail.

Owns two slips of a family that extends the layout, both of which Jinja passes over in silence: words outside the
blocks, and a block that nothing below it has. Never renders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

from mailer.errors import did_you_mean

_QUIET = (nodes.Block, nodes.Extends, nodes.Import, nodes.FromImport, nodes.Macro, nodes.Assign, nodes.AssignBlock)


@dataclass(frozen=True, slots=True)
class Unseen:
    """A line of a template that no mail would show, and why."""

    line: int
    message: str


def find_unseen(environment: Environment, files: Mapping[str, str], file: str) -> Iterator[Unseen]:
    """Find what a template file has in vain; nothing where it extends no other.

    `files` holds the sources by the names under which templates extend each other.
    """
    tree = environment.parse(files[file])
    parents = list(_parents(environment, files, tree))
    if not parents:
        return
    line = next((found for node in tree.body if (found := _shown_at(node))), 0)
    if line:
        yield Unseen(line, "this stands outside the blocks, so no mail shows it; put it into {% block … %}")
    known = {block.name for parent in parents for block in parent.find_all(nodes.Block)}
    for node in tree.body:
        if isinstance(node, nodes.Block) and node.name not in known:
            yield Unseen(node.lineno, f'there is no block "{node.name}" to fill{did_you_mean(node.name, known)}')


def _parents(environment: Environment, files: Mapping[str, str], tree: nodes.Template) -> Iterator[nodes.Template]:
    seen: set[str] = set()
    while extends := next(tree.find_all(nodes.Extends), None):
        name = str(extends.template.value) if isinstance(extends.template, nodes.Const) else ""
        if name not in files or name in seen:
            return
        seen.add(name)
        try:
            tree = environment.parse(files[name])
        except TemplateSyntaxError:  # told where that file is compiled
            return
        yield tree


def _shown_at(node: nodes.Node) -> int:
    """Return the line where a statement outside the blocks has something to show, 0 where it has nothing."""
    if isinstance(node, _QUIET):
        return 0
    outputs = [node] if isinstance(node, nodes.Output) else list(node.find_all(nodes.Output))
    for output in outputs:
        for part in output.nodes:
            if not isinstance(part, nodes.TemplateData):
                return part.lineno
            if part.data.strip():
                blank = len(part.data) - len(part.data.lstrip())
                return part.lineno + part.data[:blank].count("\n")
    return 0
