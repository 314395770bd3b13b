"""How every picture looks: fonts, colours, headings; and what no picture can be drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from stsim.plot.text import LANGUAGES, word, wrapped
from stsim.quantities import nearest, short
from stsim.scenario_files import read_scenario, scenario_files

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

#: Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
BLACK, GREY = "#000000", "#6e6e6e"
ORANGE, SKY, GREEN, BLUE = "#e69f00", "#56b4e9", "#009e73", "#0072b2"
VERMILLION, PURPLE = "#d55e00", "#cc79a7"
#: Inches, at 125 dots an inch 1000 pixels wide.
SIZE = (8.0, 4.9)
TITLE, TEXT, SMALL = 13.0, 10.0, 9.0
#: Half-width characters of small print to an inch of new axes, which the texts may outgrow a bit.
PER_INCH = 16.5

#: What the command line calls the law as it stands with levers given in words.
WITH_POLICY = "baseline_with_policy"


def check(ds: xr.Dataset, language: str) -> None:
    """Refuse what is no dataset, and a language there are no words for."""
    import xarray as xr

    if not isinstance(ds, xr.Dataset):
        raise ValueError(
            f"{short(ds)} is no dataset; give one from stsim.simulate or stsim.open_results"
        )
    check_language(language)


def check_language(language: str) -> None:
    """Refuse a language there are no words for."""
    if language not in LANGUAGES:
        raise ValueError(f"language={short(language)}: give one of {', '.join(LANGUAGES)}")


def check_dims(values: xr.DataArray, known: Sequence[str]) -> None:
    """Refuse draws, replicates, engines and swept keys: a picture shows one run of a scenario."""
    for dim in values.dims:
        if dim not in known:
            labels = ", ".join(str(label) for label in values[dim].values[:3])
            more = ", …" if values.sizes[dim] > 3 else ""
            raise ValueError(
                f"the dataset has several runs along '{dim}' ({labels}{more}); "
                f"select one first: ds.isel({dim}=0)"
            )


def scenario_names(ds: xr.Dataset) -> list[str]:
    """The scenarios of a dataset, by its coordinate."""
    if "scenario" not in ds.coords:
        raise ValueError(
            "the dataset has no coordinate 'scenario'; give one from stsim.simulate or "
            "stsim.open_results, or name it: ds.assign_coords(scenario='mine')"
        )
    return [str(name) for name in ds["scenario"].values.reshape(-1)]


def scenario_title(name: str, language: str) -> str:
    """The title of a scenario that is shipped; another is called by its name."""
    if name == WITH_POLICY:
        return word(name, language)
    files = scenario_files()
    return str(getattr(read_scenario(files[name]).title, language)) if name in files else name


def unknown(what: str, name: object, known: Sequence[str]) -> ValueError:
    """The error for a name that is not there, with the nearest and all there are."""
    return ValueError(
        f"no {what} {short(name)}{nearest(str(name), known)} (there are: {', '.join(known)})"
    )


@cache
def fonts(language: str) -> list[str]:
    """Font families in order; a glyph the first one lacks is taken from the next.

    The Japanese font comes with matplotlib-fontja, whose import would make it the font of every
    other picture too: the settings are put back.
    """
    import matplotlib

    with matplotlib.rc_context():
        import matplotlib_fontja  # type: ignore[import-untyped]
    from matplotlib.font_manager import FontProperties

    japanese = FontProperties(fname=matplotlib_fontja.get_font_ttf_path()).get_name()
    latin = "DejaVu Sans"
    return [japanese, latin] if language == "ja" else [latin, japanese]


@cache
def _glyphs(language: str) -> frozenset[int]:
    from matplotlib.font_manager import fontManager, get_font

    files = [fontManager.findfont(family, fallback_to_default=False) for family in fonts(language)]
    return frozenset().union(*(get_font(file).get_charmap() for file in files))


def check_glyphs(text: str, language: str) -> None:
    """Refuse a text with a character that no font here has: an empty box would be drawn."""
    for letter in text:
        if letter != "\n" and ord(letter) not in _glyphs(language):
            raise ValueError(f"no font here has the character {letter!r} of {short(text)}")


def set_fonts(ax: Axes, language: str) -> None:
    """Write every text of the axes in the fonts of the language, and refuse a missing glyph.

    The tick labels to come, when the limits change, are told as well.
    """
    from matplotlib.text import Text

    families = fonts(language)
    ax.tick_params(labelfontfamily=families, labelsize=SMALL)
    for text in ax.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontfamily(families)
        text.set_parse_math(False)  # a dollar sign in a title is a dollar sign
        check_glyphs(text.get_text(), language)


def darker(colour: str) -> str:
    """A shade of a colour in which small letters on white are easily read."""
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = to_rgb(colour)
    return to_hex((0.7 * red, 0.7 * green, 0.7 * blue))


def axes(ax: Axes | None) -> Axes:
    """The axes given, or those of a new figure that leaves room for the texts around them."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=SIZE, layout="constrained")[1]


def heading(ax: Axes, title: str, about: str) -> None:
    """Title and, under it in small grey letters, what is to be seen."""
    text = wrapped(about, round(ax.get_window_extent().width / root(ax).dpi * PER_INCH))
    lines = text.count("\n") + 1
    ax.set_title(title, loc="left", fontsize=TITLE, pad=8 + lines * SMALL * 1.35)
    ax.annotate(
        text,
        (0, 1),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
        fontsize=SMALL,
        color=GREY,
        linespacing=1.25,
    )


def plain(ax: Axes) -> None:
    """Take away what carries no information."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)


def root(ax: Axes) -> Figure:
    """The figure that the axes are on."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def below(ax: Axes, points: float) -> Transform:
    """Coordinates that start so many points under the lower left corner of the axes."""
    from matplotlib.transforms import ScaledTranslation

    return ax.transAxes + ScaledTranslation(0, -points / 72, root(ax).dpi_scale_trans)


def settle(ax: Axes) -> None:
    """Let the figure find its layout, so that distances on the page are known."""
    engine = root(ax).get_layout_engine()
    if engine is not None:
        engine.execute(root(ax))
