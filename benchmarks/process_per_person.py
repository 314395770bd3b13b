"""A reference for speed and for tests: every person is a SimPy process of their own.

A career is told as a story, the way SimPy's manual tells the story of a car or a customer: wait,
meet a hazard or the end of the year, apply for posts, take one. Markets hire the earliest
applicants. All draws come from one `random.Random`. It reads the same table of rates as the
engines and shares nothing else with them, so it can tell whether they are right. As in a careful
program of this kind, people wait for one shared event on a day that concerns them all, hand in no
applications that cannot succeed, and look up rates in plain lists.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate, count, product
from math import floor, log1p
from random import Random

import numpy as np
import simpy

from stsim.engines.cells import Layout
from stsim.rates import Market, Move, Rates, RateTable, Step, TableSeason
from stsim.vocabulary import OUTSIDE, Array, Count, Rulebook

DAY = 1 / 365
#: From 1 May to 31 March.
REST_OF_YEAR = 334 * DAY


@dataclass(frozen=True)
class Result:
    """Persons in the shapes of the engines: one draw, then time or year, stage or pair, cell."""

    rulebook: Rulebook
    years: tuple[int, ...]
    stock: Array
    flow: Array


def run(
    rates: Rates,
    start: Mapping[str, Array],
    first: int,
    last: int,
    *,
    seed: int = 1,
    persons_per_agent: int = 100,
) -> Result:
    """Carry the start population from the count of `first` to the count of `last`."""
    country = Country(rates, start, first, last, Random(seed), persons_per_agent)
    country.env.run(until=country.env.process(country.calendar()))
    return country.result()


class Person:
    """Somebody, where they are, and the post they were offered this spring."""

    __slots__ = ("age", "clock", "field", "offer", "sex", "stage")

    def __init__(self, stage: str, clock: int, age: int, sex: int, field: int) -> None:
        self.stage, self.clock = stage, clock
        self.age, self.sex, self.field = age, sex, field
        self.offer: Post | None = None


class Number:
    """A number for every kind of person, as a list; axes that do not matter are not walked."""

    def __init__(self, amount: Array) -> None:
        values = np.ascontiguousarray(amount[0])
        self.values = values.ravel().tolist()
        steps = np.array(values.strides) // values.itemsize
        steps[np.array(values.shape) == 1] = 0
        self.clock, self.age, self.sex, self.field = steps.tolist()

    def of(self, who: Person) -> float:
        """The number for somebody."""
        return self.values[
            who.clock * self.clock
            + who.age * self.age
            + who.sex * self.sex
            + who.field * self.field
        ]


class Turn:
    """A step that people of one stage go through: one of its moves happens to them, or none."""

    def __init__(self, place: int, step: Step) -> None:
        self.place, self.keeps_clock = place, step.keeps_clock
        self.moves = [(Number(move.amount), move) for move in step.moves]

    def decides(self, who: Person, luck: float) -> Move | None:
        """The move that happens to somebody with this luck (from 0 to 1)."""
        for chance, move in self.moves:
            luck -= chance.of(who)
            if luck < 0:
                return move
        return None


def by_source(steps: tuple[Step, ...]) -> dict[str, list[Turn]]:
    """What awaits the people of each stage, in order."""
    turns: dict[str, list[Turn]] = defaultdict(list)
    for place, step in enumerate(steps):
        turns[step.source].append(Turn(place, step))
    return turns


@dataclass(frozen=True)
class Post:
    """An offer: the move it means, and whether the clock goes on."""

    move: Move
    keeps_clock: bool


#: Time of arrival, a number that tells equal times apart, and who it is.
Applications = list[tuple[float, int, Person]]


class Posts:
    """A market in one spring: who has applied, and how many places there are, row by row.

    A row is a field, or stands for all fields where the market clears over them.
    """

    def __init__(self, market: Market, rows: int, scale: int) -> None:
        self.market, self.rows = market, rows
        self.weights = {move.source: Number(move.amount) for move in market.candidates}
        self.posts = {move.source: Post(move, market.keeps_clock) for move in market.candidates}
        #: Applications by row: to the places for everybody, and to those for each group.
        self.groups = [Number(reserve.group) for reserve in market.reserved]
        self.reserved = [self._by_row(reserve.share) for reserve in market.reserved]
        self.open: list[Applications] = [[] for _ in range(rows)]
        self.to_groups: list[list[Applications]] = [[[] for _ in range(rows)] for _ in self.groups]
        self.number = [number / scale for number in self._by_row(market.number)]
        self.part = self._by_row(market.part)
        self.outside_share = self._by_row(market.outside_share)
        self.seat = {stage: self._by_row(held) for stage, held in market.held_by.items()}
        self.places = [0.0] * rows
        self.from_outside = [0] * rows

    def _by_row(self, amount: Array) -> list[float]:
        return np.broadcast_to(amount[0, 0, 0, 0], (self.rows,)).tolist()

    @property
    def carries_on(self) -> bool:
        """Whether the fraction of a place that is rounded away is not there next year anyway."""
        return self.market.is_openings or min(self.part) < 1


def earliest(applications: Applications) -> Person | None:
    """The earliest applicant who has no offer yet."""
    while applications:
        _, _, who = heappop(applications)
        if who.offer is None:
            return who
    return None


class Season:
    """Markets that clear together in one spring; applicants wait until it is `closed`."""

    def __init__(self, country: Country, season: TableSeason) -> None:
        self.country, self.rounds = country, season.rounds
        self.by_field = not season.markets[0].over_all_fields
        rows = country.layout.shape[2] if self.by_field else 1
        self.markets = [Posts(market, rows, country.scale) for market in season.markets]
        self.applies = {stage: Number(share) for stage, share in season.applicants.items()}
        self.closed = country.env.event()
        self._ties = count()

    def row(self, who: Person) -> int:
        """Where somebody competes."""
        return who.field if self.by_field else 0

    def receives(self, who: Person) -> bool:
        """Whether somebody applies for any of the posts, each at a time of its own."""
        luck = self.country.luck
        if who.stage not in self.applies or luck.random() >= self.applies[who.stage].of(who):
            return False
        applied = False
        for posts in self.markets:
            if who.stage in posts.weights and (weight := posts.weights[who.stage].of(who)) > 0:
                row = self.row(who)
                heappush(posts.open[row], (luck.expovariate(weight), next(self._ties), who))
                for group, applications in zip(posts.groups, posts.to_groups, strict=True):
                    if group.of(who):
                        arrival = luck.expovariate(weight)
                        heappush(applications[row], (arrival, next(self._ties), who))
                applied = True
        return applied

    def fill(self) -> None:
        """Offer the posts, market by market and round by round."""
        for posts in self.markets:
            self._open(posts)
        for _ in range(self.rounds):
            for posts in self.markets:
                for row in range(posts.rows):
                    self._hire(posts, row)

    def _open(self, posts: Posts) -> None:
        country, name = self.country, posts.market.name
        for row in range(posts.rows):
            places = posts.number[row] + country.owed[name, row]
            for stage, seat in posts.seat.items():
                held = country.held[stage]
                places -= seat[row] * (held[row] if self.by_field else sum(held))
            posts.places[row] = places * posts.part[row]

    def _hire(self, posts: Posts, row: int) -> None:
        """Fill the whole places of a row: some from outside, the others by who was first."""
        country = self.country
        vacant = max(0, floor(posts.places[row] + country.fraction(posts.market.name, row)))
        outside = sum(country.luck.random() < posts.outside_share[row] for _ in range(vacant))
        posts.from_outside[row] += outside
        posts.places[row] -= outside
        inside = vacant - outside
        shares = [share[row] for share in posts.reserved]
        kinds = [*posts.to_groups, posts.open]
        drawn = country.luck.choices(kinds, [*shares, 1 - sum(shares)], k=inside)
        for applications in posts.to_groups:
            for _ in range(sum(kind is applications for kind in drawn)):
                inside -= self._offer(posts, row, earliest(applications[row]))
        for _ in range(inside):  # what is left of the places for groups is for everybody
            self._offer(posts, row, earliest(posts.open[row]))

    def _offer(self, posts: Posts, row: int, who: Person | None) -> bool:
        """Offer a place to somebody, if there is anybody; others may have what they leave."""
        if who is None:
            return False
        who.offer = posts.posts[who.stage]
        posts.places[row] -= 1
        for other in self.markets:
            if other is not posts and who.stage in other.seat:
                other.places[row] += other.seat[who.stage][row] * other.part[row]
        return True

    def close(self) -> None:
        """Tell everybody, let people in from outside, and note what goes on to next spring."""
        self.closed.succeed()
        for posts in self.markets:
            for row in range(posts.rows):
                self._admit(posts, row)
                if posts.carries_on:
                    self.country.carry(posts, row)

    def _admit(self, posts: Posts, row: int) -> None:
        if not posts.from_outside[row]:
            return
        ages, sexes, fields = self.country.layout.shape
        kinds = list(product(range(ages), range(sexes), [row] if self.by_field else range(fields)))
        doors = [(move, kind) for move in posts.market.outside for kind in kinds]
        shape = (1, 1, ages, sexes, fields)
        profiles = [np.broadcast_to(move.amount, shape)[0, 0] for move in posts.market.outside]
        weights = [float(profile[kind]) for profile in profiles for kind in kinds]
        chosen = self.country.luck.choices(
            doors, cum_weights=list(accumulate(weights)), k=posts.from_outside[row]
        )
        for move, kind in chosen:
            self.country.enters(move, kind, self.country.seasons.index(self) + 1)


class Country:
    """Everybody, the law of the year, and what has been counted."""

    def __init__(
        self,
        rates: Rates,
        start: Mapping[str, Array],
        first: int,
        last: int,
        luck: Random,
        persons_per_agent: int,
    ) -> None:
        self.rates, self.luck, self.scale = rates, luck, persons_per_agent
        self.book, self.layout = rates.rulebook, Layout(rates.rulebook)
        self.years = tuple(range(first, last + 1))
        self.at = 0
        self.env = simpy.Environment(initial_time=first + 30 * DAY)
        sources = {s.name for rule in self.book.rules for s in rule.sources}
        #: Stages that nobody leaves, and with the outside world all where a story is over.
        self.at_rest = {stage.name for stage in self.book.stages} - sources
        self.final = {*self.at_rest, OUTSIDE.name}
        self.held = {name: [0] * self.layout.shape[2] for name in (*self.layout.rows, "outside")}
        self.owed: dict[tuple[str, int], float] = defaultdict(float)
        self.fractions: dict[tuple[str, int], float] = {}
        self.seasons: list[Season] = []
        pairs = self.book.pairs
        self.april = [
            rule.kind in ("posts", "leftover") or (rule.kind == "intake" and t is not OUTSIDE)
            for rule, _, t in pairs
        ]
        self.stock = np.zeros((len(self.years), len(self.book.stages), *self.layout.shape))
        self.flow = np.zeros((len(self.years), len(pairs), *self.layout.shape))
        self.people: list[Person] = []
        #: Days for which many people wait: one event each, replaced when it has come.
        self.may, self.year_end, self.markets_over = (self.env.event() for _ in range(3))
        for name, cells in start.items():
            for kind in self.whole(cells[0]):
                self._is_there(Person(name, *kind))

    # --- the year ------------------------------------------------------------------------------

    def calendar(self) -> Iterator[simpy.Event]:
        """The year from one count to the next, once more for every year."""
        last_count = None
        self.count()
        while self.at < len(self.years) - 1:
            self._read(self.rates.between(self.years[self.at], last_count))
            self._ring("may")
            yield self.env.timeout(REST_OF_YEAR)
            for who in self.people:
                if who.stage in self.at_rest:  # their story is over, and no process is left
                    self.gets_older(who)
            self._ring("year_end")
            yield self.env.timeout(DAY)
            for move in self.table.intakes_ending:
                for _, *cell in self.whole(move.amount[0]):
                    self.flow[self.at, move.pair, *cell] += 1
            self.at += 1
            for move in self.table.intakes:
                for _, *cell in self.whole(move.amount[0]):
                    self.enters(move, tuple(cell), 0)
            for season in self.seasons:
                yield self.env.timeout(DAY)
                season.fill()
                season.close()
            yield self.env.timeout(DAY)
            self._ring("markets_over")
            yield self.env.timeout(30 * DAY - (len(self.seasons) + 1) * DAY)
            last_count = self.count()

    def _ring(self, day: str) -> None:
        event: simpy.Event = getattr(self, day)
        setattr(self, day, self.env.event())
        event.succeed()

    def _read(self, table: RateTable) -> None:
        self.table = table
        self.hazards = by_source(table.hazards)
        self.endings = by_source(table.year_end)
        self.leftovers = by_source(table.leftovers)
        self.seasons = [Season(self, season) for season in table.seasons]

    # --- a career ------------------------------------------------------------------------------

    def career(self, who: Person, season: int | None) -> Iterator[simpy.Event]:
        """A career as a story; newcomers begin with a season of markets, others with a May."""
        if season is not None:
            yield from self.spring(who, season)
        while who.stage not in self.final:
            yield from self.rest_of_year(who)
            if who.stage not in self.final:
                yield from self.spring(who, 0)

    def rest_of_year(self, who: Person) -> Iterator[simpy.Event]:
        """From 1 May on: a hazard, or the end of the year and what it brings."""
        yield self.may
        if who.stage in self.hazards:
            (turn,) = self.hazards[who.stage]
            leaving = sum(chance.of(who) for chance, _ in turn.moves)
            hazard = -log1p(-min(leaving, 1 - 1e-15))
            wait = self.luck.expovariate(hazard) if hazard > 0 else 1.0
            if wait < 1:
                yield self.env.timeout(wait * REST_OF_YEAR)
                move = turn.decides(who, self.luck.random() * leaving) or turn.moves[-1][1]
                self.moves(who, move, keeps_clock=False)
        if who.stage in self.final:
            return
        yield self.year_end
        self.gets_older(who)
        self.goes_through(self.endings, who)

    def spring(self, who: Person, first_season: int) -> Iterator[simpy.Event]:
        """April: applications season by season, and what those do who found nothing."""
        for season in self.seasons[first_season:]:
            if season.receives(who):
                yield season.closed
                if who.offer is not None:
                    self.moves(who, who.offer.move, who.offer.keeps_clock)
                    who.offer = None
        if who.stage in self.leftovers:
            yield self.markets_over
            self.goes_through(self.leftovers, who)

    def gets_older(self, who: Person) -> None:
        """A year on; the last age and the last year of a clock are open."""
        who.age = min(who.age + 1, len(self.book.ages) - 1)
        who.clock = min(who.clock + 1, len(self.layout.rows[who.stage]) - 1)

    def goes_through(self, turns: Mapping[str, list[Turn]], who: Person) -> None:
        """Steps in their order, those on a stage entered a moment ago among them."""
        done, going_on = -1, True
        while going_on:
            going_on = False
            for turn in turns.get(who.stage, ()):
                if turn.place > done and (move := turn.decides(who, self.luck.random())):
                    self.moves(who, move, turn.keeps_clock)
                    if move.target != move.source:
                        done, going_on = turn.place, True
                        break

    def moves(self, who: Person, move: Move, keeps_clock: bool) -> None:
        """Somebody changes stage, or stays where they are and is only counted."""
        self.flow[self.at, move.pair, who.age, who.sex, who.field] += 1
        if move.target == move.source:
            return
        self.held[who.stage][who.field] -= 1
        self.held[move.target][who.field] += 1
        who.stage = move.target
        if not keeps_clock:
            who.clock = 0

    def enters(self, move: Move, kind: tuple[int, ...], season: int) -> None:
        """Somebody comes from outside."""
        who = Person(move.target, 0, *kind)
        self.flow[self.at, move.pair, *kind] += 1
        self._is_there(who, season)

    def _is_there(self, who: Person, season: int | None = None) -> None:
        self.people.append(who)
        self.held[who.stage][who.field] += 1
        if who.stage not in self.final:
            self.env.process(self.career(who, season))

    # --- whole numbers -------------------------------------------------------------------------

    def whole(self, amount: Array) -> Iterator[tuple[int, ...]]:
        """Whole people for expected persons by (clock, age, sex, field): the kind of each."""
        shape = (len(amount), *self.layout.shape)
        expected = np.broadcast_to(amount, shape) / self.scale
        for kind in zip(*np.nonzero(expected), strict=True):
            for _ in range(floor(expected[kind] + self.luck.random())):
                yield tuple(map(int, kind))

    def fraction(self, market: str, row: int) -> float:
        """What is added to the places of a market before they are made whole."""
        if (market, row) not in self.fractions:
            self.fractions[market, row] = self.luck.random()
        return self.fractions[market, row]

    def carry(self, posts: Posts, row: int) -> None:
        """The fraction of a place goes on to next spring; so do openings filled beyond them."""
        name = posts.market.name
        left, self.fractions[name, row] = divmod(posts.places[row] + self.fraction(name, row), 1.0)
        if posts.market.is_openings:
            self.owed[name, row] = min(left, 0.0)

    # --- the count -----------------------------------------------------------------------------

    def count(self) -> Count:
        """Count everybody on 1 May."""
        self.people = [who for who in self.people if who.stage != OUTSIDE.name]
        found = Counter((w.stage, w.clock, w.age, w.sex, w.field) for w in self.people)
        cells = {
            name: np.zeros((1, len(rows), *self.layout.shape))
            for name, rows in self.layout.rows.items()
        }
        for (stage, *kind), number in found.items():
            cells[stage][0, *kind] = number * self.scale
        for name, stage_cells in cells.items():
            self.stock[self.at, self.layout.stage[name]] = stage_cells[0].sum(axis=0)
        places = {(rule.name, s, t): k for k, (rule, s, t) in enumerate(self.book.pairs)}
        before, after = self.flow[self.at - 1], self.flow[self.at]

        def flow(pairs: Sequence[int]) -> Array:
            last = [(after if self.april[pair] else before)[pair] for pair in pairs]
            return np.array(last)[None] * self.scale

        return Count(cells, places, flow)

    def result(self) -> Result:
        """Persons, not agents; not a number where a run knows only a part of the year."""
        self.flow[0, self.april] = np.nan
        self.flow[-1, ~np.array(self.april)] = np.nan
        return Result(self.book, self.years, self.stock[None], self.flow[None] * self.scale)
