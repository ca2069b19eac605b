"""Family: a set of templates, compiled once and rendered for every person.

Owns Jinja (sandboxed, strict, autoescape only for `.html`), the filters for templates, and css-inline, which runs after
rendering, since an HTML parser would move a `{% for %}` out of a table. A family is a mapping of file names to sources,
so that a run renders what the ledger has and not what is in the folder today; its files may include and extend each
other, and those of the shipped `layout/` and of other families by their folder (`layout/email.html`). If a family lacks
a file, that of the family it is based on is used. A language has its own templates if there are `email.de.html` and
`email.de.txt` (and optionally `subject.de.txt`); a family based on the layout needs none, since its words come from the
language files.
Raises `InputProblem` with template, line, person, the unknown field and the nearest known one, for all files at once.
A family is found in three steps: `Workspace.family_files` reads its files, the office's before the shipped ones;
`runs.planning.edition.read_family` adds what they borrow (the layout, the family it is based on) and the languages; and
`make_family` there compiles all of it with this module, from today's files or from those stored in the ledger.
Gaps: the sandbox limits what a template can access, not how long it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache, partial
from types import TracebackType
from typing import Any, NoReturn, cast

import css_inline
from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateRuntimeError, UndefinedError
from jinja2.sandbox import MAX_RANGE, ImmutableSandboxedEnvironment
from jinja2.utils import missing

from mailer import lazy_re as re
from mailer.errors import InputProblem, MailerError, Problem, did_you_mean
from mailer.frozen import dataclass, field
from mailer.message.compose import check_header_value
from mailer.message.context import Context
from mailer.message.markup import paragraphs
from mailer.message.stencil import Hole, Printed, Recorded, Recording, Stencil, Unforeseen, has_hole, recorded
from mailer.message.text import between, facts, underline, wrap, wrap_paragraphs
from mailer.message.values import Rendered
from mailer.settings.files import nearest_tag

SUBJECT, HTML, TEXT = "subject.txt", "email.html", "email.txt"
LAYOUT = "layout/"
_OF_A_LANGUAGE = re.compile(r"(email|subject)\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(html|txt)")
_STILL_OPEN = re.compile(r"innermost block that needs to be closed is '(\w+)'")
_TEMPLATE_SUFFIXES = (".html", ".txt")
# what goes wrong in a template at run time; the sandbox lets nothing else through
_FAILURES = (
    *(Unforeseen, TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    RecursionError,
)
_INLINER = css_inline.CSSInliner(
    keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False, apply_width_attributes=False
)


class _UnknownField(UndefinedError):
    """A template uses a name that does not exist; carries the object searched and the name."""

    def __init__(self, owner: object, name: str, message: str | None = None) -> None:
        super().__init__(message)
        self.owner, self.name = owner, name


class _Strict(StrictUndefined):
    """An unknown name: an error wherever it is used, unless the template asks `is defined` or gives a default."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,  # noqa: ANN401 - Jinja's own signature
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        del exc
        raiser = partial(_UnknownField, obj, name or "")
        super().__init__(hint, obj, name, cast("type[TemplateRuntimeError]", raiser))


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, in which a dict's fields come before its methods: a column may be called `items` or `copy`.

    While a mail is recorded, nothing may be looked up in a personal value, or by one: for what is not found, Jinja
    would continue with an undefined value.
    """

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja's own signature
        if isinstance(obj, Hole) or has_hole(argument):
            raise Unforeseen("part of a personal value is used here, or it is used to look something up")
        return super().getitem(obj, argument)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's own signature
        if isinstance(obj, Hole):
            raise Unforeseen("an attribute of a personal value is used here; a filter can do that")
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@dataclass(frozen=True, slots=True)
class Family:
    """A compiled family; `render` returns one person's mail. Safe to use from several threads."""

    name: str
    templates: Mapping[str, Template] = field(repr=False)
    languages: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    base: str = ""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    captured: Problem | None = field(default=None, repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Return how another process rebuilds it: by compiling the sources."""
        return _compile, (tuple(self.sources.items()), self.name, self.base)

    @property
    def takes_words(self) -> bool:
        """Return whether its own words come from the language files, as those of the layout do."""
        return any(file.startswith(LAYOUT) for file in self.templates)

    def language_for(self, tag: str) -> str:
        """Return the language of this family for someone's BCP 47 tag: de-AT, else de, else "" for the common one."""
        return nearest_tag(tag, self.languages)

    def render(self, context: Context, *, language: str = "", text_only: bool = False) -> Rendered:
        """Render subject, HTML (its CSS inlined) and text for one person.

        `language` is one that `language_for` returned; with `text_only` there is no HTML. Raises InputProblem if a
        field is unknown, or empty where it must not be; `problems` has one for each file.
        """
        return _inlined(self._texts(context, language, text_only=text_only))

    def record(
        self, shared: Context, values: Mapping[str, Any], *, language: str = "", text_only: bool = False
    ) -> Recorded:
        """Render one person's mail, and record what is done with their `values`; `shared` is everybody's context."""
        recording = Recording(values)
        if self.captured is not None:
            return Recorded((), problem=self.captured)
        try:
            with recording.running() as holes:
                texts = self._texts({**shared, **holes}, language, text_only=text_only)
            return Recorded(recording.done(), Stencil(recording, _inlined(texts), texts.get(HTML, "")))
        except InputProblem as error:
            return Recorded(recording.done(), problem=error.problems[0])
        except Unforeseen as error:
            return Recorded(recording.done(), problem=Problem("template", str(error), source=self.source(HTML)))

    def _texts(self, context: Context, language: str, *, text_only: bool) -> dict[str, str]:
        problems: list[Problem] = []
        texts: dict[str, str] = {}
        own = self.languages.get(language, {})
        contact = context.get("contact")
        email = contact.get("email", "") if isinstance(contact, Mapping) else ""
        email = "" if isinstance(email, Hole) else email
        for part in (SUBJECT, TEXT) if text_only else (SUBJECT, HTML, TEXT):
            file = own.get(part, part)
            name = file if file in self.templates else _based_on(self.base, file)
            source, line = _source(self.name, name), None
            try:
                texts[part] = self.templates[name].render(context)
                if part == SUBJECT:
                    texts[part] = texts[part].rstrip("\r\n")
                    if (count := len(texts[part].splitlines())) > 1:
                        raise InputProblem(f"a subject is one line, and these are {count}")
                    check_header_value(texts[part], "subject")
                continue
            except MailerError as error:
                message = error.message
            except _FAILURES as error:
                source, line = _location(error.__traceback__) or (source, None)
                message = _sentence(error, context)
            problems.append(
                Problem("template", f"{message} (for {email})" if email else message, source=source, line=line)
            )
        if problems:
            _raise(problems)
        return texts

    def source(self, file: str) -> str:
        """Return the path of a template file as messages name it."""
        return _source(self.name, file if file in self.templates else _based_on(self.base, file))


def compile_family(files: Mapping[str, str], *, name: str, base: str = "") -> Family:
    """Compile a family from its sources by file name (`email.html`, `email.txt`, `subject.txt`, and what they include).

    A file in another folder is named with it (`layout/email.html`). `base` is the family whose files replace missing
    ones. The same sources are compiled once a process. Raises InputProblem if one of the three is missing, or a file
    has a syntax error; `problems` has all of them.
    """
    return _compile(tuple(files.items()), name, base)


@lru_cache(maxsize=8)
def _compile(sources: tuple[tuple[str, str], ...], name: str, base: str) -> Family:
    files = dict(sources)
    problems = [
        Problem("template", "is missing; a template family needs it", source=_source(name, needed))
        for needed in (SUBJECT, HTML, TEXT)
        if needed not in files and _based_on(base, needed) not in files
    ]
    languages: dict[str, dict[str, str]] = {}  # the files of each, by the file that they replace (email.txt)
    for file in files:
        named = _OF_A_LANGUAGE.fullmatch(file)
        if named and (part := f"{named[1]}.{named[3]}") in {SUBJECT, HTML, TEXT}:
            languages.setdefault(named[2].lower(), {})[part] = file
    problems += [
        Problem("template", f"is missing; the templates in {language} need it", source=_source(name, file))
        for language, own in languages.items()
        for part, file in ((HTML, f"email.{language}.html"), (TEXT, f"email.{language}.txt"))
        if part not in own
    ]

    def load(requested: str) -> tuple[str, str, None] | None:
        file = next((each for each in (requested, _based_on(base, requested)) if each in files), None)
        # Jinja compiles a tree as well as a source, and so a tree that was checked need not be parsed again
        return (cast("str", parse(file)), _source(name, file), None) if file else None

    environment = _Sandbox(
        loader=FunctionLoader(load),
        autoescape=lambda file: file is not None and file.endswith(".html"),
        undefined=_Strict,
        finalize=_require_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    ours = (paragraphs, wrap, wrap_paragraphs, underline, between, facts)
    environment.filters.update({each.__name__: each for each in ours})
    for table in (environment.filters, environment.tests):
        functions = cast("dict[str, Callable[..., Any]]", table)
        functions.update({name: recorded(each) for name, each in functions.items()})
    parse = cache(lambda file: environment.parse(files[file], file))
    compiled = {}
    for file in files:
        if file.endswith(_TEMPLATE_SUFFIXES):
            try:
                compiled[file] = environment.get_template(file)
                found = list(_find_unseen(parse, files, file))
            except TemplateSyntaxError as error:
                message = error.message or ""
                still_open = _STILL_OPEN.search(message)
                if still_open and message.startswith("Unexpected end"):  # the commonest mistake of people new to Jinja
                    message = f"the file ends inside {{% {still_open[1]} … %}}: {{% end{still_open[1]} %}} is missing"
                found = [(error.lineno, message)]
            problems += [Problem("template", message, source=_source(name, file), line=line) for line, message in found]
    if problems:
        _raise(problems)
    return Family(name, compiled, languages, base, files, _captured(((file, parse(file)) for file in compiled), name))


def _inlined(texts: Mapping[str, str]) -> Rendered:
    return Rendered(texts[SUBJECT], _INLINER.inline(texts[HTML]) if HTML in texts else "", texts[TEXT])


def _based_on(base: str, file: str) -> str:
    """Return the name of a file of the family that this one is based on."""
    return f"{base}/{file}" if base else file


def _require_text(value: object) -> object:
    """Let only text and numbers into a mail, not "None", a Python list or a method's name."""
    if isinstance(value, Hole):
        made = isinstance(value.source, int)  # by a filter; the fields of a row are text
        return Printed(value.recording.apply(_require_text, value) if made else value)
    if isinstance(value, Undefined) or (isinstance(value, (str, int, float)) and not isinstance(value, bool)):
        return value
    if value is None:
        raise TemplateRuntimeError("a field that is printed here has no value (None)")
    raise TemplateRuntimeError(f"what is printed here is not text but a {type(value).__name__}")


def _source(family: str, file: str) -> str:
    return f"templates/{file}" if "/" in file else f"templates/{family}/{file}"


def _location(traceback: TracebackType | None) -> tuple[str, int] | None:
    """Return the innermost template line of a traceback, which Jinja rewrites to the templates' own lines."""
    location = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith("templates/"):
            location = (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return location


def _sentence(error: Exception, context: Context) -> str:
    match error:
        case _UnknownField():
            return _unknown(error, context)
        case TemplateNotFound():
            return f'there is no file "{error.name}" in this template family'
        case SecurityError():
            return f"a template may not do this: {error}"
        case OverflowError() if "MAX_RANGE" in str(error):
            return f"range() is too long: a loop in a template has at most {MAX_RANGE:,} rounds"
        case RecursionError():
            return "the templates include each other endlessly"
        case _:
            return str(error)


def _unknown(error: _UnknownField, context: Context) -> str:
    if isinstance(error.owner, dict):
        owner = next((name for name, value in context.items() if value is error.owner), "what is read here")
        return f'{owner} has no field "{error.name}"{did_you_mean(error.name, map(str, error.owner))}'
    if error.owner is not missing or not error.name:
        return str(error)
    near = did_you_mean(error.name, context)
    if not near:  # a field whose owner was forgotten: `headline` is `release.headline`
        owners = {each: name for name, value in context.items() if isinstance(value, dict) for each in value}
        near = re.sub(r'"(.*)"', lambda found: f'"{owners[found[1]]}.{found[1]}"', did_you_mean(error.name, owners))
    return f'there is no "{error.name}"{near}'


def _raise(problems: list[Problem]) -> NoReturn:
    first = problems[0]
    raise InputProblem(first.message, source=first.source, line=first.line, problems=problems)


# Captured: what is printed into a value instead of into the mail, where a test of it could not be recorded.

_CAPTURES = (nodes.AssignBlock, nodes.FilterBlock, nodes.CallBlock)
_CALLED = frozenset(("range", "dict", "namespace", "joiner", "cycler"))


def _captured(trees: Iterable[tuple[str, nodes.Template]], family: str) -> Problem | None:
    """Return the first place where a template uses printed text for something else, which cannot be recorded."""
    for file, tree in trees:
        printed = {id(each) for output in tree.find_all(nodes.Output) for each in output.nodes}
        for node in tree.find_all((*_CAPTURES, nodes.Call)):
            called = node.node.name if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) else ""
            if id(node) not in printed and called not in _CALLED:
                message = "a printed value is also used for something else here"
                return Problem("template", message, source=_source(family, file), line=node.lineno)
    return None


# Unseen: parts of a template that are never in a mail.

_QUIET = (nodes.Block, nodes.Extends, nodes.Import, nodes.FromImport, nodes.Macro, nodes.Assign, nodes.AssignBlock)


def _find_unseen(
    parse: Callable[[str], nodes.Template], files: Collection[str], file: str
) -> Iterator[tuple[int, str]]:
    """Yield each part of a template file that has no effect: its line and why; nothing if it extends no other file.

    `files` are the names by which templates extend each other.
    """
    tree = parent = parse(file)
    known: set[str] = set()
    seen: set[str] = set()
    while extends := next(parent.find_all(nodes.Extends), None):
        name = str(extends.template.value) if isinstance(extends.template, nodes.Const) else ""
        if name not in files or name in seen:
            break
        try:
            parent = parse(name)
        except TemplateSyntaxError:  # reported when that file is compiled
            break
        seen.add(name)
        known |= {block.name for block in parent.find_all(nodes.Block)}
    if not seen:
        return
    line = next((found for node in tree.body if (found := _shown_at(node))), 0)
    if line:
        yield line, "this is outside the blocks, so no mail shows it; put it into {% block … %}"
    for node in tree.body:
        if isinstance(node, nodes.Block) and node.name not in known:
            yield node.lineno, f'there is no block "{node.name}" to fill{did_you_mean(node.name, known)}'


def _shown_at(node: nodes.Node) -> int:
    """Return the line where a statement outside the blocks would print something, 0 if it prints nothing."""
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
