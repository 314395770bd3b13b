"""The policies of the explorer: what they stand on, and the words it was started with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stsim import draws
from stsim.compose import Composer, compose
from stsim.config import FITTED, Config, ConfigError
from stsim.overrides import Word, Words, is_policy, read_words
from stsim.scenario_files import scenario_files

#: The last year that is shown, and the one more that its flows need: no slider waits for the rest.
LAST_SHOWN = 2040
#: Draws of the parameters behind the bands.
DRAWS = 50
#: Policies side by side.
MOST = 4
#: Where a policy is saved unless a folder is named.
FOLDER = "my_scenarios"
#: Keys of the command line that are about the explorer and not about the numbers.
OF_EXPLORER = (
    "job", "scenario", "language", "results_dir", "workers", "draws", "band", "engine",
    "explore.port", "explore.folder",
)  # fmt: skip

#: Levers a policy moves, each a number or a map by year.
Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """What all policies of an explorer have in common: the words it was started with.

    `law` is the run without any policy, `first` the policy that was named in words, `draws` how
    many parameter sets are behind the bands (0: no bands), `folder` where policies are saved.
    """

    words: Words
    composer: Composer
    law: Config
    first: Policy
    draws: int
    folder: Path

    @classmethod
    def of(cls, given: Sequence[str]) -> Ground:
        """Read the words of the command line. Raises ConfigError with one clear line."""
        default = f"years.last={LAST_SHOWN + 1}"
        words = read_words([default, *given])
        asked = compose([default, *given])
        if asked.engine == "individuals":
            raise ConfigError("job=explore runs the stock engine: leave engine out")
        for key, usual in (("replicates", 1), ("persons_per_agent", 1), ("careers", False)):
            if getattr(asked, key) != usual:
                raise ConfigError(f"job=explore runs the stock engine: leave {key} out")
        composer = Composer(words.without_policy())
        law = composer.config([])
        ranged = asked.band and asked.parameter_set == FITTED
        number = (asked.draws if asked.draws > 1 else DRAWS) if ranged else 0
        folder = Path(asked.explore.folder or words.config_dir or FOLDER).expanduser().absolute()
        return cls(words, composer, law, asked.policy, number, folder)

    def config(self, policy: Policy) -> Config:
        """The run of a policy. Raises ConfigError with one clear line."""
        point = [Word(f"policy.{name}", value, "") for name, value in policy.items()]
        update = {"engine": "stocks", "draws": 1}
        return self.composer.config(point).model_copy(update=update)

    def scenarios(self) -> dict[str, Config]:
        """The scenarios that a policy can begin with, by name."""
        return {
            name: self.composer.config([Word("scenario", name, "")])
            for name in scenario_files(self.words.config_dir)
        }

    def chunks(self) -> list[tuple[int, int]]:
        """First draw (from 0 on) and number of draws of each part of a band."""
        firsts = range(0, self.draws, draws.CHUNK)
        return [(first, min(draws.CHUNK, self.draws - first)) for first in firsts]

    def command(self, name: str) -> str:
        """The command that runs a saved policy with the words the explorer was started with."""
        kept = [
            found.text
            for key, found in self.words.by_key.items()
            if key not in OF_EXPLORER and not is_policy(key)
        ]
        kept = [text for text in kept if text != f"years.last={LAST_SHOWN + 1}"]
        words = ["--config-dir", str(self.folder), f"scenario={name}", *kept]
        return "python -m stsim " + " ".join(map(shlex.quote, words))


def differing(policy: Policy, law: Config) -> dict[str, Any]:
    """The levers of a policy without those that say what the law says in every year of the run."""
    years = range(law.years.first, law.years.last + 1)
    found = {}
    for name, value in policy.items():
        line = law.model_copy(update={"policy": {name: value}}).lever(name)
        if any(line.at(year) != law.lever(name).at(year) for year in years):
            found[name] = value
    return found
