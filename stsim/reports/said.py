"""What a report says: texts in both languages, numbers in units, cells that carry their value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stsim import levers, params
from stsim.measures import Indicator
from stsim.plot import text
from stsim.plot.text import LANGUAGES, unit
from stsim.reports.words import WORDS


@dataclass(frozen=True)
class Said:
    """A text in English and Japanese."""

    en: str
    ja: str

    def of(self, language: str) -> str:
        """The text in a language."""
        return self.ja if language == "ja" else self.en


#: What may stand in a gap of a text or in a cell.
Part = Said | str | int


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what is read, and the number itself, as `stsim.indicators` gives it."""

    text: Said
    value: float | None = None
    small: Sequence[Said] = ()
    head: bool = False
    left: bool = False
    rows: int = 1


@dataclass(frozen=True)
class Table:
    """A table with its heads; `label` names it, `texts` says that its cells are sentences."""

    label: Said
    heads: Sequence[Said]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[Said] = ()
    texts: bool = False


@dataclass(frozen=True)
class Point:
    """A statement, and what stands under it."""

    text: Said
    under: Sequence[Said] = ()


@dataclass(frozen=True)
class Key:
    """What a colour or a line stands for."""

    text: Said
    mark: str


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption, a text that stands for it, its key, and its numbers as CSV."""

    name: str
    title: Said
    caption: Said
    alternative: Said
    svg: str
    csv: str
    keys: Sequence[Key] = ()
    wide: bool = False


@dataclass
class Section:
    """A part of the page: paragraphs, lists, tables and figures, or why it is left out."""

    name: str
    title: Said
    lead: list[Said] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    missing: Said | None = None
    downloads: list[tuple[Said, str, str]] = field(default_factory=list)


def said(key: str, *parts: Part) -> Said:
    """A text of the report in both languages, its gaps filled."""
    texts = [
        WORDS[key][k].format(*(p.of(lang) if isinstance(p, Said) else p for p in parts))
        for k, lang in enumerate(LANGUAGES)
    ]
    return Said(*texts)


def plain(text: object) -> Said:
    """The same text in both languages."""
    return Said(str(text), str(text))


def joined(parts: Sequence[Said], between: tuple[str, str] = (", ", "、")) -> Said:
    """Several texts as one."""
    return Said(between[0].join(p.en for p in parts), between[1].join(p.ja for p in parts))


def label(indicator: Indicator) -> Said:
    """The name of a measure."""
    return Said(indicator.label, indicator.label_ja)


def lever_label(name: str) -> Said:
    """The name of a lever in words."""
    return Said(levers.label(name).replace("`", ""), levers.about(name).label_ja)


def parameter_label(name: str, field: str = "") -> Said:
    """The name of a parameter in words, and of the field of study where it is for one."""
    title = Said(*(params.label(name, lang) for lang in LANGUAGES))
    return said("of_field", title, said(f"field_{field}")) if field else title


def key_label(key: str) -> Said:
    """The name in words of a key that is swept: a lever, a parameter, or the key itself."""
    if f"key_{key}" in WORDS:
        return said(f"key_{key}")
    return Said(*(text.key_label(key, lang) for lang in LANGUAGES))


def amount(value: float, of: str, signed: bool = False, bare: bool = False) -> Said:
    """A number in its unit; `signed` one is a distance of two, `bare` has no unit after it."""
    if value != value:
        return plain("–")
    texts = []
    for lang in LANGUAGES:
        form = unit(of, lang)
        text = form.number(value)
        if signed and not text.startswith("-") and text != form.number(0.0):
            text = f"+{text}"
        after = form.apart if signed else form.after
        if signed and of == "share":
            after = " pp" if lang == "en" else "ポイント"
        texts.append(text.replace("-", "−", 1) + ("" if bare else after))
    return Said(*texts)


def millions(low: float, high: float) -> Said:
    """A range of yen in millions, with three digits."""
    ends = [f"{float(f'{yen / 1e6:.3g}'):,.12g}" for yen in (low, high)]
    return said("millions", *ends)


def span(low: float, high: float, of: str, signed: bool = False) -> Said:
    """A range; one number where the ends print alike."""
    ends = [amount(end, of, signed, bare=True) for end in (low, high)]
    last = amount(high, of, signed)
    if ends[0] == ends[1]:
        return last
    return Said(f"{ends[0].en} to {last.en}", f"{ends[0].ja}～{last.ja}")
