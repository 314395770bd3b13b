"""What other pages and files say of the model, read from them and never typed again."""

from __future__ import annotations

import re

from stsim import draws, params, paths
from stsim.config import Config

#: The third number of a row of a table.
THIRD = r"\|(?: [^|]+\|){2} ([^|]+?) \|"
#: Sentences and figures quoted: the page, made by a command of its own, and what stands in it.
QUOTES = {
    "hindcast_held": ("hindcast.md", r"(\d+ of \d+ hold)\."),
    "hindcast_bands": ("hindcast.md", r"\| chosen \| ([\d.]+) \|"),
    "hindcast_share": ("hindcast.md", r"\| chosen \| [\d.]+ \| ([\d.]+) \|"),
    "hindcast_simple_bands": ("hindcast.md", r"\| linear 5 \| ([\d.]+) \|"),
    "hindcast_simple_share": ("hindcast.md", r"\| linear 3 on shares \| [\d.]+ \| ([\d.]+) \|"),
    "hindcast_drifting": ("hindcast.md", rf"posts flat, ages of hires drift on {THIRD}"),
    "hindcast_staying": ("hindcast.md", rf"posts flat, they stay {THIRD}"),
    "hindcast_full": ("hindcast.md", rf"posts flat: full model, central {THIRD}"),
    "hindcast_simulated": ("hindcast.md", r"(\d+ sets of surveys until .*?ahead)\.\n"),
    "certificate_runs": ("certificate.md", r"(\d+ scenarios × .*? years)"),
    "certificate_said": ("certificate.md", r"\*\*(No gap of .*?)\.?\*\*"),
    "certificate_rms": ("certificate.md", r"(the root mean square of all gaps is .*?\))"),
    "known_mit": ("known_results.md", r"(with [\d,]+ posts and careers of .*? in the long run)"),
    "known_more_doctorates": ("known_results.md", r"## (More doctorates .*)"),
    "known_exits": ("known_results.md", r"## (Exits set .*)"),
    "known_waves": ("known_results.md", r"(waves of some .*? slowly)"),
    "identification_prior": ("identification.md", r"## What has to be a prior\n\n(.*)"),
}  # fmt: skip


class QuoteError(ValueError):
    """A page no longer says what is quoted of it; the message is one line for the user."""


def quote(page: str, pattern: str) -> str:
    """What a page says. Raises QuoteError where it says it no longer."""
    found = re.search(pattern, (paths.DOCS / page).read_text(encoding="utf-8"))
    if found is None:
        raise QuoteError(f"docs/{page} no longer says {pattern!r}: change what is quoted of it")
    return found[1].replace("**", "")


def reached() -> str:
    """Every question of docs/answers.md and what came of it, as a list."""
    text = (paths.DOCS / "answers.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.*?)\n.*?^- ((?:Cannot|Can) be reached.*?)$", text, re.M | re.S)
    return "\n".join(f"- {asked}: {_lower(said)}" for asked, said in found)


def _lower(said: str) -> str:
    return said[:1].lower() + said[1:].removesuffix(" The nearest setting:")


def parts(config: Config) -> dict[str, str]:
    """What pages quote."""
    identified = draws.identified(config.params)
    fitted = {key.partition(".")[0] for key in identified}
    return {name: quote(*about) for name, about in QUOTES.items()} | {
        "answers_reached": reached(),
        "fit_parameters": str(len(fitted)),
        "fit_keys": str(len(identified)),
        "fit_unmoved_keys": str(len(draws.unmoved(config.params))),
        "fit_not": str(len(params.NAMES) - len(fitted)),
    }
