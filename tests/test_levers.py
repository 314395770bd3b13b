"""What each lever does, by hand arithmetic: off, today, doubled."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from _pytest.mark import ParameterSet
from test_individuals import engines_agree

import stsim
from stsim import levers, observed, scenario_files
from stsim.compose import compose
from stsim.config import ConfigError
from stsim.given import TODAY
from stsim.measures import annual_cost_yen
from stsim.rulebook.leaving import (
    end_at_ten_years,
    leave_research,
    postdoc_ends,
    reemploy,
    retire,
)
from stsim.rulebook.stages import (
    FACULTY,
    FIRM,
    FIXED_TERM_NATIONAL,
    FIXED_TERM_OTHER,
    PERMANENT_NATIONAL,
    PERMANENT_OTHER,
    POSTDOC_PROJECT,
    POSTDOCS,
    PUBLIC_INSTITUTE,
    RESEARCH_SUPPORT,
)
from stsim.rulebook.study import expected_prospect
from stsim.simulation import prepare

LAST = 2036


def also(*values: float) -> list[ParameterSet]:
    """Values between or beside those of the quick tests, which say the same: with -m slow."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


@cache
def until(last: int, *words: str) -> xr.Dataset:
    return stsim.simulate("engine=stocks", *words, f"years.last={last}")


def run(*words: str) -> xr.Dataset:
    return until(LAST, *words)


def people(ds: xr.Dataset, time: int, *starts: str) -> float:
    stages = [s for s in ds.stage.values if s.startswith(starts)]
    return float(ds.stock.sel(time=time, stage=stages).sum())


def moved(ds: xr.Dataset, year: int, family: str, target: str | None = None) -> float:
    chosen = ds.rule_family == family
    if target is not None:
        chosen = chosen & (ds.rule_target == target)
    return float(ds.flow.sel(year=year)[chosen.values].sum())


def today(name: str) -> float:
    return compose([]).law[name].timeline.at(TODAY)


#: Levers that say how many people are in post, and the stages they are in.
IN_POST = {
    "pd_fellows_persons": ("postdoc_fellow",),
    "project_postdoc_positions_persons": ("postdoc_project",),
    "dc_fellows_persons": ("doctoral_own_fellow", "doctoral_international_fellow"),
    "other_support_places_persons": tuple(
        f"doctoral_{origin}_supported" for origin in ("own", "working", "international")
    ),
    "cross_appointments_persons": ("permanent_national_cross", "permanent_other_cross"),
}


@pytest.mark.parametrize("name", IN_POST)
@pytest.mark.parametrize("times", [1, 2])
def test_as_many_are_in_post_as_the_lever_says(name: str, times: int) -> None:
    wanted = times * today(name)
    ds = run(f"policy.{name}={wanted!r}")
    assert sum(people(ds, 2032, stage) for stage in IN_POST[name]) == pytest.approx(
        wanted, rel=1e-6
    )


@pytest.mark.parametrize("name", IN_POST)
def test_at_zero_nobody_new_comes_and_those_in_post_finish(name: str) -> None:
    """Nobody is dismissed: the number falls as support, contracts and agreements end."""
    ds = run(f"policy.{name}=0")
    counts = [sum(people(ds, y, stage) for stage in IN_POST[name]) for y in range(2026, LAST + 1)]
    assert all(after < before for before, after in pairwise(counts) if before > 1)
    assert counts[-1] < 0.35 * counts[0]
    markets = {
        "pd_fellows_persons": "pd_fellowships",
        "project_postdoc_positions_persons": "project_postdoc_positions",
        "dc_fellows_persons": "dc_fellowships",
        "other_support_places_persons": "other_support_places",
        "cross_appointments_persons": "cross_appointments",
    }
    assert moved(ds, 2030, markets[name]) == 0.0


def test_research_support_is_administrators_and_technicians() -> None:
    ds = run("policy.ura_persons=5000", "policy.technicians_persons=9500")
    assert people(ds, 2030, "research_support") == pytest.approx(14_500)
    both = today("ura_persons") + today("technicians_persons")
    assert people(run(), 2030, "research_support") == pytest.approx(both)
    cost = annual_cost_yen(ds) - annual_cost_yen(run())
    by_hand = (5000 - 1627) * 8.0e6 + (9500 - 9195) * 6.5e6
    assert float(cost.sel(year=2030)) == pytest.approx(by_hand)


def test_new_administrators_come_from_research_more_than_technicians() -> None:
    """1,000 more URA: 40 % from outside; 1,000 more technicians: 97 %."""

    def inside(words: str) -> float:
        more, law = run(words), run()
        from_outside = "research_support_posts__outside"
        hired = [moved(ds, 2027, "research_support_posts") for ds in (more, law)]
        outside = [float(ds.flow.sel(year=2027, rule=from_outside).sum()) for ds in (more, law)]
        return (hired[0] - hired[1]) - (outside[0] - outside[1])

    assert inside(f"policy.ura_persons={today('ura_persons') + 1000}") == pytest.approx(
        600, rel=1e-3
    )
    technicians = f"policy.technicians_persons={today('technicians_persons') + 1000}"
    assert inside(technicians) == pytest.approx(30, rel=1e-2)


@pytest.mark.parametrize(
    ("more", "share", "reuse"), [(10, 0.3, 1.0), (1000, 0.5, 0.4), (1000, 0.35, 0.0)]
)
def test_freed_pay_of_the_cross_appointed_fills_seats(
    more: int, share: float, reuse: float
) -> None:
    """10 cross-appointed at 0.3 with full reuse free 3 seats."""
    law = people(run(), 2030, "permanent_")
    both = (f"policy.cross_appointment_time_share={share}",
            f"policy.cross_appointment_pay_reuse_share={reuse}")  # fmt: skip
    count = today("cross_appointments_persons")
    few, many = (
        people(run(*both, f"policy.cross_appointments_persons={n}"), 2030, "permanent_")
        for n in (count, count + more)
    )
    assert many - few == pytest.approx(more * share * reuse, abs=0.05)
    assert few - law == pytest.approx(count * share * reuse, abs=0.05)


def test_some_cross_appointed_move_over_to_their_second_employer() -> None:
    ds = run("policy.cross_appointments_persons=3000")
    moves = moved(ds, 2030, "move_to_second_employer")
    # 2 % of those left after a year's exits (a few percent) and retirement
    assert moves == pytest.approx(
        0.02 * people(ds, 2030, *IN_POST["cross_appointments_persons"]), rel=0.08
    )


@pytest.mark.parametrize("share", [0.0, 0.3, *also(0.027, 0.054)])
def test_the_tenure_track_takes_its_share_of_fixed_term_hires(share: float) -> None:
    ds = run(f"policy.tenure_track_share={share}")
    for sector in ("national", "other"):
        track = moved(ds, 2030, f"tenure_track_posts_{sector}")
        others = moved(ds, 2030, f"fixed_term_posts_{sector}")
        assert track / (track + others) == pytest.approx(share, rel=1e-3, abs=1e-12)
    assert people(ds, 2034, "fixed_term_") == pytest.approx(
        people(run(), 2034, "fixed_term_"), rel=1e-5
    )


def test_without_new_posts_the_tenure_track_is_empty_after_its_five_years() -> None:
    ds = run("policy.tenure_track_share=0")
    track = ("fixed_term_national_tenure_track", "fixed_term_other_tenure_track")
    assert people(ds, 2030, *track) > 0
    assert people(ds, 2031, *track) < 1e-9  # the last began on 1 April 2026


SOFT_MONEY = "soft_money_permanent_posts_persons"
NATIONAL = ("permanent_national",)


def lapsed(ds: xr.Dataset, year: int) -> float:
    return moved(ds, year, "soft_money_lapses")


@pytest.mark.parametrize("number", [550, *also(1100)])
def test_posts_on_soft_money_add_seats_that_stay_as_many(number: int) -> None:
    """At 0.7 net: those that lapse are filled again the next day."""
    ds, law = run(f"policy.{SOFT_MONEY}={number}"), run()
    for year in (2028, 2035):
        more = people(ds, year, *NATIONAL) - people(law, year, *NATIONAL)
        assert more == pytest.approx(0.7 * number, rel=1e-3)
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    assert float(cost.sel(year=2030)) == pytest.approx(number * 8.6e6, rel=1e-3)


def test_where_hires_persist_posts_that_lapse_are_filled_again() -> None:
    """As many more hires as posts lapse, so that about as many stay as of posts that do not."""
    law, soft, secure = (
        run("posts=openings", *words)
        for words in (
            (),
            (f"policy.{SOFT_MONEY}=1000",),
            ("policy.permanent_posts_national_persons=1000",),
        )
    )
    for year in (2028, 2035):
        more, as_secure = (
            people(ds, year, *NATIONAL) - people(law, year, *NATIONAL) for ds in (soft, secure)
        )
        assert more == pytest.approx(as_secure, rel=0.05)
    hires = "permanent_posts_national"
    more_hires = moved(soft, 2028, hires) - moved(secure, 2028, hires)
    assert more_hires == pytest.approx(lapsed(soft, 2027), rel=0.05)


@pytest.mark.parametrize("number", [550, *also(1100)])
def test_holders_lose_posts_on_soft_money_as_often_as_these_lapse(number: int) -> None:
    """By hand: 7 % of the 0.7 net seats, of which those who left or retired need lose none."""
    ds = run(f"policy.{SOFT_MONEY}={number}")
    assert lapsed(ds, 2026) == 0.0
    before = people(ds, 2030, *NATIONAL)
    gone = ds.rule_family.isin(("leave_research", "die", "retire")) & ds.rule_source.isin(
        ("permanent_national", "permanent_national_cross")
    )
    still_there = before - float(ds.flow.sel(year=2030)[gone.values].sum())
    assert 0.9 < still_there / before < 0.97
    by_hand = 0.07 * 0.7 * number * still_there / before
    assert lapsed(ds, 2030) == pytest.approx(by_hand, rel=1e-3)


def test_no_post_lapses_that_is_not_on_soft_money_or_no_longer() -> None:
    assert lapsed(run(), 2030) == 0.0
    assert lapsed(run("policy.permanent_posts_national_persons=2000"), 2030) == 0.0
    ds = run(f"policy.{SOFT_MONEY}={{2027: 550, 2031: 0}}")
    assert lapsed(ds, 2030) > 20
    assert lapsed(ds, 2031) == 0.0
    assert people(ds, 2036, *NATIONAL) == pytest.approx(people(run(), 2036, *NATIONAL), rel=1e-4)


def test_money_that_never_lapses_is_as_good_as_any() -> None:
    soft = run(f"policy.{SOFT_MONEY}=550", "params.soft_money_lapse_share=0")
    secure = run("policy.permanent_posts_national_persons=550")
    np.testing.assert_array_equal(soft.stock.values, secure.stock.values)


FACULTY_MARKETS = tuple(
    f"{kind}_posts_{sector}"
    for kind in ("permanent", "tenure_track", "fixed_term")
    for sector in ("national", "other")
)


def hired(ds: xr.Dataset, year: int, *, outside: bool) -> xr.DataArray:
    """Hires into faculty posts by market, age, sex and field, from inside the model or outside."""
    chosen = ds.rule_family.isin(FACULTY_MARKETS) & ((ds.rule_source == "outside") == outside)
    return ds.flow.sel(year=year)[chosen.values].groupby("rule_family").sum()


def under_40(hires: xr.DataArray) -> xr.DataArray:
    return hires.sel(age=slice(None, 39))


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("year", [2027, 2030, 2035])
def test_with_all_posts_reserved_for_the_young_all_hires_are_under_40(
    year: int, outside: bool
) -> None:
    hires = hired(run("policy.under40_reserved_share=1"), year, outside=outside)
    assert float(hires.sum()) > 6000
    assert float(under_40(hires).sum()) == pytest.approx(float(hires.sum()), rel=1e-9)


@pytest.mark.parametrize("outside", [False, True])
def test_with_all_posts_reserved_for_women_all_hires_are_women(outside: bool) -> None:
    hires = hired(run("policy.women_reserved_share=1"), 2030, outside=outside)
    assert float(hires.sel(sex="male").sum()) < 1e-6 < 6000 < float(hires.sum())


@pytest.mark.parametrize("share", [0.0, 0.4, *also(0.2)])
def test_a_reserved_share_comes_on_top_of_what_the_group_wins_of_the_rest(share: float) -> None:
    """By hand: the share, and today's part of what is left; the pool changes little in one year."""
    for lever, group in (
        ("under40_reserved_share", under_40),
        ("women_reserved_share", lambda hires: hires.sel(sex="female")),
    ):
        ds, law = run(f"policy.{lever}={share}"), run()
        for outside, error in ((False, 0.04), (True, 2e-3)):
            found, today_ = (
                group(hires).sum() / hires.sum()
                for hires in (hired(x, 2027, outside=outside) for x in (ds, law))
            )
            by_hand = share + (1 - share) * float(today_)
            assert float(found) == pytest.approx(by_hand, rel=error if share else 1e-12)


def test_women_from_outside_have_their_reserved_share_in_every_market_and_field() -> None:
    hires = hired(run("policy.women_reserved_share=0.4"), 2030, outside=True).sum("age")
    found = (hires.sel(sex="female") / hires.sum("sex")).mean("rule_family")
    for field, usual in compose([]).params.female_outside_hires_share.model_dump().items():
        assert float(found.sel(field=field)) == pytest.approx(0.4 + 0.6 * usual, rel=1e-9)


def test_half_for_the_young_and_half_for_women_leave_nothing_to_older_men() -> None:
    both = ("policy.under40_reserved_share=0.5", "policy.women_reserved_share=0.5")
    for posts in ("flat", "openings"):
        ds = run(*both, f"posts={posts}")
        for outside in (False, True):
            men = hired(ds, 2030, outside=outside).sel(sex="male")
            assert float(men.sel(age=slice(40, None)).sum()) < 1e-6
            assert float(under_40(men).sum()) > 500


def test_reserving_posts_adds_none() -> None:
    for lever in levers.RESERVED:
        for stages in ("permanent_", "fixed_term_"):
            found, law = (
                people(run(f"policy.{lever}=0.4"), 2034, stages),
                people(run(), 2034, stages),
            )
            assert found == pytest.approx(law, rel=1e-3)


@pytest.mark.parametrize(
    "words",
    [
        ("policy.under40_reserved_share=0.6", "policy.women_reserved_share=0.5"),
        ("policy.under40_reserved_share={2031: 0.6}", "policy.women_reserved_share={2027: 0.5}"),
    ],
)
def test_no_place_is_reserved_for_two_groups(words: tuple[str, ...]) -> None:
    year = 2031 if "2031" in words[0] else 2027
    message = (
        "policy.under40_reserved_share=0.6 and women_reserved_share=0.5 reserve 1.1 of the places "
        f"in {year}; together they may be 1 at most"
    )
    with pytest.raises(ConfigError, match=message):
        compose(words)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "policy.under40_reserved_share=0.4",
        "policy.women_reserved_share=0.4",
        "policy.women_exit_ratio=0.5",
        f"policy.{SOFT_MONEY}=5000",
        "policy.postdoc_cap_years=3",
        "policy.reemployment_share=0.6",
        "policy.ten_year_conversion_share=0.6",
    ],
)
def test_the_engines_agree_on_the_levers_for_people_and_posts(words: str) -> None:
    both = (words, "persons_per_agent=50", "years.last=2030")
    engines_agree((*both, "engine=individuals"), 8)


def left_research(ds: xr.Dataset, stage: str, sex: str) -> float:
    """Those who left research in 2027, the first year of a policy: the people are today's."""
    rule = f"leave_research__{stage}"
    return float(ds.flow.sel(year=2027, rule=rule, sex=sex).sum())


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_the_exit_ratio_multiplies_the_hazard_of_women_at_universities(ratio: float) -> None:
    rates = prepare(compose([f"policy.women_exit_ratio={ratio}"])).rates
    for stage in (*POSTDOCS, *FACULTY, PUBLIC_INSTITUTE, FIRM, RESEARCH_SUPPORT):
        at_university = stage in (*POSTDOCS, *FACULTY)
        before, after = (rates.share(leave_research, stage, year) for year in (2026, 2027))
        women, men = (slice(k, k + 1) if after.shape[3] == 2 else slice(None) for k in (0, 1))
        changed = (after / before)[..., women, :]
        np.testing.assert_allclose(changed, ratio if at_university else 1.0, rtol=1e-12)
        np.testing.assert_array_equal((after / before)[..., men, :], 1.0)


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_women_leave_as_often_as_the_exit_ratio_says(ratio: float) -> None:
    """By hand: of postdocs a share 1 − exp(−0.06) leaves in a year, and 1 − exp(−0.06 ratio)."""
    ds, law = run(f"policy.women_exit_ratio={ratio}"), run()
    hazard = compose([]).params.leave_postdoc_per_year
    by_hand = np.expm1(-hazard * ratio) / np.expm1(-hazard)
    women, men = (
        left_research(ds, "postdoc_project", sex) / left_research(law, "postdoc_project", sex)
        for sex in ("female", "male")
    )
    assert women == pytest.approx(by_hand, rel=1e-3)  # a few die first
    assert men == 1.0
    assert left_research(ds, "firm", "female") == left_research(law, "firm", "female")


@pytest.mark.parametrize("share", [0.0, 0.8, *also(0.4, 1.0)])
def test_tenure_is_granted_to_the_share_of_those_decided(share: float) -> None:
    ds = run(f"policy.tenure_grant_share={share}")
    for sector in ("national", "other"):
        granted = moved(ds, 2030, "decide_tenure", f"permanent_{sector}")
        rule = [r for r in ds.rule.values if r.startswith(f"decide_tenure__fixed_term_{sector}")]
        decided = float(ds.flow.sel(year=2030, rule=rule).sum())
        assert decided > 0
        assert granted / decided == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.6, *also(0.195, 0.39)])
def test_students_from_abroad_get_their_share_of_the_places(share: float) -> None:
    ds = run(f"policy.other_support_foreign_share={share}")
    places = today("other_support_places_persons")
    foreign = people(ds, 2033, "doctoral_international_supported")
    everybody = sum(people(ds, 2033, s) for s in IN_POST["other_support_places_persons"])
    assert foreign == pytest.approx(share * places, abs=1e-6)
    assert everybody == pytest.approx(places, rel=1e-9)  # the others take what is left


def test_the_nationality_rule_lets_those_in_post_finish_their_term() -> None:
    ds = run("scenario=spring_japanese_only")
    held = [people(ds, y, "doctoral_international_supported") for y in range(2026, 2031)]
    assert all(after < before for before, after in pairwise(held))
    assert held[-1] < 1e-6  # four-year courses begun by April 2026 end in March 2030
    assert float(ds.vacancy.sel(market="other_support_places_foreign", time=2028).sum()) < 0


def test_entry_answers_to_the_places_open_to_each_origin() -> None:
    """By hand, elasticity 0.12, slope 1.11, crowd-out 22 %: fewer places abroad, more at home."""
    law, rule = run(), run("scenario=spring_japanese_only")

    def change(family: str) -> float:
        return float(np.log(moved(rule, 2027, family) / moved(law, 2027, family)))

    places = today("other_support_places_persons")
    dc = today("dc_fellows_persons")
    params = compose([]).params
    abroad = float(np.mean(list(params.international_entrants_share.model_dump().values())))
    assert 0.15 < abroad < 0.35  # so that students from abroad win some 15 to 25 % of DC
    for family, now, lost in (
        ("enter_from_abroad", 0.2 * dc + 0.39 * places, 0.39 * places),
        ("enter_from_masters", 0.8 * dc + 0.61 * places, -0.39 * places),
    ):
        by_hand = 0.12 * np.log1p(-0.78 * lost / now)
        assert change(family) == pytest.approx(by_hand, rel=0.1), family


@pytest.mark.parametrize("ratio", [0.0, 2.0, *also(0.5)])
def test_the_ratio_multiplies_the_hazard_of_coming_back(ratio: float) -> None:
    """By hand: a share of 0.05 is a hazard of 0.0513; twice that is a share of 0.0975."""
    law, ds = run(), run(f"policy.return_from_abroad_ratio={ratio}")
    share = compose([]).params.return_from_abroad_share
    before, after = (moved(d, 2027, "return_from_abroad") for d in (law, ds))
    assert after / before == pytest.approx((1 - (1 - share) ** ratio) / share, rel=1e-9)


@pytest.mark.parametrize("sent", [0, 200, *also(100)])
def test_those_sent_abroad_are_as_many_moves_and_come_back_after_two_years(sent: int) -> None:
    """By hand: nobody leaves a stay but the dead, about one in a thousand a year at their ages."""
    ds = run(f"policy.sent_abroad_persons_per_year={sent}")
    assert moved(ds, 2027, "stays_abroad") == pytest.approx(sent, abs=1e-9)
    assert moved(ds, 2027, "end_stay_abroad") == 0.0
    assert moved(ds, 2028, "end_stay_abroad") == pytest.approx(sent, rel=5e-3, abs=1e-9)
    assert people(ds, 2032, "abroad_stay") == pytest.approx(2 * sent, rel=3e-3, abs=1e-9)
    cost = annual_cost_yen(ds) - annual_cost_yen(run())
    assert float(cost.sel(year=2030)) == pytest.approx(sent * 12e6)


def test_sending_people_abroad_conserves_people_and_their_places() -> None:
    """Whoever is more in all on 1 May came from outside into the places left."""
    ds, law = run("policy.sent_abroad_persons_per_year=100"), run()
    april = (ds.rule_when == "april").values
    more = (ds.flow - law.flow).sel(year=2027)[april]
    hired = float(more[(more.rule_source == "outside").values].sum())
    assert 0 < hired < 100
    assert float((ds.stock - law.stock).sel(time=2027).sum()) == pytest.approx(hired, abs=1e-6)
    assert people(ds, 2027, "abroad_stay") == pytest.approx(100)
    for stage in ("postdoc_project", "fixed_term_"):
        assert people(ds, 2027, stage) == pytest.approx(people(law, 2027, stage), rel=1e-6)


@pytest.mark.parametrize("received", [0, 200, *also(100)])
def test_those_received_from_abroad_take_places_there_are(received: int) -> None:
    """Half as postdocs, half at fixed-term posts; the numbers in post stay as they were."""
    law, ds = run(), run(f"policy.received_from_abroad_persons_per_year={received}")
    as_postdocs = moved(ds, 2030, "receive_from_abroad", "postdoc_project")
    assert as_postdocs == pytest.approx(received / 2, abs=1e-9)
    assert moved(ds, 2030, "receive_from_abroad") == pytest.approx(received, abs=1e-9)
    for stage in ("postdoc_", "fixed_term_"):
        assert people(ds, 2027, stage) == pytest.approx(people(law, 2027, stage), rel=1e-6)
    fewer = moved(law, 2027, "project_postdoc_positions") - moved(
        ds, 2027, "project_postdoc_positions"
    )
    # some of those received go on to other posts the same spring, as one in twenty postdocs does
    assert fewer == pytest.approx(received / 2, rel=0.1, abs=1e-9)
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    assert float(cost.sel(year=2027)) == pytest.approx(received * 59e6)


@pytest.mark.parametrize("ratio", [0.8, 2.0, *also(1.1)])
def test_entry_answers_to_the_pay_of_firms_by_who_looks_there(ratio: float) -> None:
    """By hand for science: odds move by ratio to the power 0.8 · 0.4 / (1 − 0.099)."""
    law, ds = run(), run(f"policy.firm_pay_ratio={ratio}")
    params = compose([]).params
    rate = params.own_entry_rate
    power = params.entry_elasticity_firm_pay * params.industry_first_share.science / (1 - rate)
    odds = rate / (1 - rate) * ratio**power
    family = (law.rule_family == "enter_from_masters").values
    before, after = (float(d.flow.sel(year=2027, field="science")[family].sum()) for d in (law, ds))
    assert after / before == pytest.approx(odds / (1 + odds) / rate, rel=2e-3)
    assert moved(ds, 2027, "firm_openings") == pytest.approx(moved(law, 2027, "firm_openings"))


@pytest.mark.parametrize("schools", [0, 1000, *also(109, 436)])
def test_any_number_of_schools_changes_nothing_as_no_effect_is_known(schools: int) -> None:
    law, ds = (
        until(2040, *words) for words in ((), (f"policy.school_programme_schools={schools}",))
    )
    for name in ("stock", "flow", "vacancy"):
        assert ds[name].values.tobytes() == law[name].values.tobytes()
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    assert float(cost.sel(year=2030)) == pytest.approx((schools - 218) * 10.5e6)


def test_twice_the_schools_act_after_ten_years_as_the_effect_says() -> None:
    words = "params.school_programme_effect=0.05"
    law, ds = until(2040, words), until(2040, words, f"policy.school_programme_schools={2 * 218}")
    for year, more in ((2036, 1.0), (2037, 1.05)):
        entered = [moved(d, year, "enter_from_masters") for d in (ds, law)]
        assert entered[0] / entered[1] == pytest.approx(more, rel=1e-9)


def test_units_without_a_price_are_those_of_today() -> None:
    free = {name: levers.about(name).free_units for name in levers.NAMES}
    assert {n: units for n, units in free.items() if units} == {
        n: today(n) for n, units in free.items() if units
    }


@pytest.mark.parametrize("interns", [0, 2000, *also(1000)])
def test_a_tenth_of_the_interns_turn_to_industry_where_seven_in_ten_find_a_place(
    interns: int,
) -> None:
    """By hand: 1,000 · 0.1 look there first from the April after; 70 places are made."""
    law, ds = run(), run(f"policy.paid_internships_persons_per_year={interns}")

    def hired(year: int) -> float:
        families = ("firm_openings", "institute_openings")
        return sum(moved(ds, year, f) - moved(law, year, f) for f in families)

    assert hired(2027) == 0.0
    assert hired(2028) == pytest.approx(interns * 0.1 * 0.7, rel=1e-3, abs=1e-9)
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    assert float(cost.sel(year=2027)) == pytest.approx(interns * 0.5e6)


@pytest.mark.parametrize("scenario", ["schools", "young_grants"])
def test_a_scenario_whose_effect_is_not_known_changes_the_law_all_the_same(scenario: str) -> None:
    """All others move headline numbers, which test_project holds."""
    assert compose([f"scenario={scenario}"]).policy


RA_PAY = "ra_pay_yen_per_year"


@pytest.mark.parametrize("pay", [0, 1_800_000, *also(600_000, 1_200_000)])
def test_entry_answers_to_the_pay_of_assistants_by_their_part_of_income(pay: int) -> None:
    """By hand: income moves by 0.14 of the rise, odds by that to the power 0.3 / (1 − 0.099)."""
    law, ds = run(), run(f"policy.{RA_PAY}={pay}")
    rate = compose([]).params.own_entry_rate
    odds = rate / (1 - rate) * (1 + 0.14 * (pay / 600_000 - 1)) ** (0.3 / (1 - rate))
    more = odds / (1 + odds) / rate
    for family, by_hand in (
        ("enter_from_masters", more),
        ("enter_from_abroad", more),
        ("enter_as_working_adult", 1.0),  # who keep their jobs
    ):
        entered = [moved(d, 2027, family) for d in (ds, law)]
        # prospects have moved the odds a little since the last count
        assert entered[0] / entered[1] == pytest.approx(by_hand, rel=2e-4), family
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    assert float(cost.sel(year=2030)) == pytest.approx(12_000 * (pay - 600_000))


def test_the_pay_of_assistants_is_no_living_cost_support() -> None:
    """Nobody more is supported, and those without support give up as often as before."""
    law, ds = run(), run(f"policy.{RA_PAY}=1800000")
    supported = [s for name in ("dc_fellows_persons", "other_support_places_persons")
                 for s in IN_POST[name]]  # fmt: skip
    for time in (2027, 2032):
        assert people(ds, time, *supported) == pytest.approx(people(law, time, *supported))
    for year in (2027, 2032):
        given_up = [
            float(d.flow.sel(year=year, rule="abandon_doctorate__doctoral_own_unsupported").sum())
            / people(d, year, "doctoral_own_unsupported")
            for d in (ds, law)
        ]
        assert given_up[0] == pytest.approx(given_up[1], rel=2e-3)


POSTDOC_CAP = "postdoc_cap_years"


def as_postdoc(words: str, first: int, last: int) -> np.ndarray:
    """Postdocs on the last 1 May by complete years since their first post."""
    end = prepare(compose([words, f"years.first={first}", f"years.last={last}"])).run().end
    return np.asarray(
        sum(end[s].sum(axis=(0, 2, 3, 4)) for s in ("postdoc_fellow", "postdoc_project"))
    )


@pytest.mark.parametrize("cap", [1, 5, *also(3, 10)])
def test_nobody_is_postdoc_for_longer_than_the_cap(cap: int) -> None:
    by_years = as_postdoc(f"policy.{POSTDOC_CAP}={cap}", 2023, 2030)
    assert by_years[cap:].sum() < 1e-6 < by_years[:cap].min()
    law = as_postdoc(f"policy.{POSTDOC_CAP}=11", 2023, 2030)
    assert law[cap:].sum() > 50
    assert by_years.sum() == pytest.approx(law.sum())  # others have their places


def test_a_cap_between_two_years_is_a_mix_of_institutions() -> None:
    """By hand: at 4.5 half of those with four complete years end on 31 March, all at five."""
    ends = prepare(compose([f"policy.{POSTDOC_CAP}=4.5"])).rates.share(
        postdoc_ends, POSTDOC_PROJECT, 2027
    )
    share = compose([]).params.postdoc_contract_end_share
    by_hand = [share] * 4 + [share + (1 - share) / 2] + [1.0] * 6
    np.testing.assert_allclose(ends[0, :, 0, 0, 0], by_hand, rtol=1e-12)


def test_a_cap_on_postdocs_ends_their_posts_and_opens_them_to_new_ones() -> None:
    """In the year it comes those beyond it seek; as many more are hired, of the new most."""
    law, ds = run(), run(f"policy.{POSTDOC_CAP}=5")
    beyond = as_postdoc(f"policy.{POSTDOC_CAP}=11", 2023, 2027)[4:].sum()
    ended = moved(ds, 2027, "postdoc_ends") - moved(law, 2027, "postdoc_ends")
    # those with four complete years on 1 May have five at year end; a third goes before or anyway
    assert 0.6 * beyond < ended < 0.95 * beyond
    new = "project_postdoc_positions__seeking_doctorate"
    hired = [float(d.flow.sel(year=2028, rule=new).sum()) for d in (ds, law)]
    assert hired[0] > 1.1 * hired[1]
    for time in (2028, 2034):
        assert people(ds, time, "postdoc_") == pytest.approx(people(law, time, "postdoc_"))


def hired_at_the_limit(ds: xr.Dataset, year: int) -> tuple[float, float]:
    """Permanent national faculty re-employed and retired on 31 March, persons."""
    retired = ds.rule.isin(("retire__permanent_national", "retire__permanent_national_cross"))
    return moved(ds, year, "reemploy"), float(ds.flow.sel(year=year)[retired.values].sum())


@pytest.mark.parametrize("share", [0.0, 0.6, *also(0.3, 1.0)])
def test_the_share_of_those_at_the_age_limit_is_reemployed(share: float) -> None:
    law, ds = run(), run(f"policy.reemployment_share={share}")
    kept, retired = hired_at_the_limit(ds, 2027)
    assert kept + retired == pytest.approx(sum(hired_at_the_limit(law, 2027)))
    assert kept / (kept + retired) == pytest.approx(share, abs=1e-12)
    # on fixed terms, in seats that there are, which leave fewer for others of their age
    old = ds.stock.sel(time=2028, stage="fixed_term_national", age=slice(65, 66)).sum()
    before = law.stock.sel(time=2028, stage="fixed_term_national", age=slice(65, 66)).sum()
    assert 0.8 * kept <= float(old - before) <= kept
    for time in (2028, 2034):
        for stage in ("fixed_term_", "permanent_"):
            assert people(ds, time, stage) == pytest.approx(people(law, time, stage), rel=1e-3)


@pytest.mark.parametrize("limit", [64.5, 66, *also(65, 66.5)])
@pytest.mark.parametrize("reemployed", [0.4, 1.0])
def test_whoever_is_not_reemployed_at_the_limit_retires(limit: float, reemployed: float) -> None:
    """As many leave their permanent posts as without re-employment, at every age."""
    words = f"policy.retirement_age_years={limit}"
    without = prepare(compose([words])).rates.share(retire, PERMANENT_NATIONAL, 2027)
    rates = prepare(compose([words, f"policy.reemployment_share={reemployed}"])).rates
    kept = rates.share(reemploy, PERMANENT_NATIONAL, 2027)
    gone = rates.share(retire, PERMANENT_NATIONAL, 2027)
    np.testing.assert_allclose(kept, reemployed * without, rtol=1e-12)
    np.testing.assert_allclose(1 - (1 - kept) * (1 - gone), without, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("stay_on", [0.2, 0.5, 1.0])
def test_a_share_stays_on_past_the_limit_of_the_law(stay_on: float) -> None:
    """By hand: at 65 those who do not stay on leave, nobody does at 66 to 69, all at 70."""
    words = ["policy.retirement_age_years=70", f"params.stay_on_share={stay_on}"]
    rates = prepare(compose(words)).rates
    share = rates.share(retire, PERMANENT_NATIONAL, 2027)[0, 0, :, 0, 0]
    at = {age: float(share[age - 18]) for age in range(60, 75)}
    assert at == {
        age: 0.0 if age < 65 else pytest.approx(1 - stay_on) if age == 65 else float(age >= 70)
        for age in at
    }
    assert prepare(compose([])).rates.share(retire, PERMANENT_NATIONAL, 2027)[0, 0, 47, 0, 0] == 1


def test_elsewhere_those_who_stay_on_retire_five_years_later() -> None:
    """By hand: a mix of today's shares by age and the same ones five years later."""
    words = ["policy.retirement_age_years=70", "params.stay_on_share=0.6"]
    now, then = (
        prepare(compose(w)).rates.share(retire, PERMANENT_OTHER, 2027)[0, 0, :, 0, 0]
        for w in ([], words)
    )
    for age in range(60, 74):
        by_hand = 0.6 * now[age - 5 - 18] + 0.4 * now[age - 18]
        assert then[age - 18] == pytest.approx(by_hand, rel=1e-12), age


@pytest.mark.parametrize("success", [0.202, 0.8, *also(0.404)])
def test_any_share_of_grants_costs_money_and_moves_nobody(success: float) -> None:
    law, ds = run(), run(f"policy.young_grant_success_share={success}")
    assert ds.stock.values.tobytes() == law.stock.values.tobytes()
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    by_hand = 13_060 * (success - 0.404) * 4e6  # 13,060 apply for 4 million each
    assert float(cost.sel(year=2030)) == pytest.approx(by_hand, rel=5e-3)


@pytest.mark.parametrize("effect", [0.5, *also(-0.5)])
def test_grants_for_the_young_change_their_exits_as_the_effect_says(effect: float) -> None:
    """By hand: twice the share, 0.404 more, multiplies the hazard under 40 by exp(0.404 effect)."""
    words = [f"params.young_grant_exit_effect={effect}", "policy.young_grant_success_share=0.808"]
    rates = prepare(compose(words)).rates
    for stage in (*POSTDOCS, *FACULTY, PUBLIC_INSTITUTE, FIRM, RESEARCH_SUPPORT):
        before, after = (rates.share(leave_research, stage, year) for year in (2026, 2027))
        changed = np.broadcast_to(after / before, (1, 1, 63, 2, 1))[0, 0, :, 0, 0]
        young = np.exp(0.404 * effect) if stage in (*POSTDOCS, *FACULTY) else 1.0
        np.testing.assert_allclose(changed[: 40 - 18], young, rtol=1e-12)
        np.testing.assert_array_equal(changed[40 - 18 :], 1.0)


@pytest.mark.parametrize("grants", [0, 492, *also(246)])
def test_any_number_of_grants_of_independence_costs_money_and_moves_nobody(grants: int) -> None:
    law, ds = run(), run(f"policy.independence_grants_persons_per_year={grants}")
    assert ds.stock.values.tobytes() == law.stock.values.tobytes()
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    assert float(cost.sel(year=2030)) == pytest.approx((grants - 246) * 65e6)


def test_grants_of_independence_turn_permanent_posts_as_the_effect_says() -> None:
    """By hand: 246 more at 0.05 a hundred raise the odds of the under-45s by 13 %."""
    words = ("params.independence_grant_hire_effect=0.05",)
    law, ds = run(*words), run(*words, "policy.independence_grants_persons_per_year=492")

    def odds(hires: xr.Dataset) -> float:
        of_posts = hires.flow.sel(year=2027)[
            (hires.rule_family.isin(("permanent_posts_national", "permanent_posts_other")))
            & (hires.rule_source != "outside")
        ]
        young = float(of_posts.sel(age=slice(None, 44)).sum())
        return young / (float(of_posts.sum()) - young)

    # the intensity falls a little as posts stay as many; few of the candidates are hired
    assert odds(ds) / odds(law) == pytest.approx(np.exp(2.46 * 0.05), rel=0.03)
    assert people(ds, 2030, "permanent_") == pytest.approx(people(law, 2030, "permanent_"))


CONVERSION = "ten_year_conversion_share"


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.068, 0.136, 0.5])
@pytest.mark.parametrize("avoided", [0.0, 0.5, 1.0])
def test_contracts_end_a_year_early_where_a_policy_converts_more(
    share: float, avoided: float
) -> None:
    """By hand: at nine years a part of the conversions more, at ten as many as today."""
    words = [f"policy.{CONVERSION}={share}", f"params.ten_year_avoidance_share={avoided}"]
    rates = prepare(compose(words)).rates
    for stage in (FIXED_TERM_NATIONAL, FIXED_TERM_OTHER):
        ends = rates.share(end_at_ten_years, stage, 2027)[0, :, 0, 0, 0]
        by_hand = np.zeros(12)
        by_hand[9] = avoided * max(share - 0.068, 0.0)
        by_hand[10] = compose([]).params.ten_year_ending_share
        np.testing.assert_allclose(ends, by_hand, rtol=1e-12, atol=1e-15)
    assert not rates.share(end_at_ten_years, FIXED_TERM_NATIONAL, 2026)[0, 9].any()


def test_bunching_takes_away_from_those_who_are_converted() -> None:
    """In the third year those who reach ten years were spared at nine: fewer by that share."""
    words = (f"policy.{CONVERSION}=0.468",)
    free, bunched = (
        run(*words, f"params.ten_year_avoidance_share={share}") for share in (0.0, 0.5)
    )
    converted = [moved(d, 2030, "convert_at_ten_years") for d in (bunched, free)]
    assert converted[0] / converted[1] == pytest.approx(1 - 0.5 * 0.4, rel=0.02)


#: What cannot be meant, and what the one line about it says.
CONTRADICTIONS = {
    "no years as postdoc": (["policy.postdoc_cap_years=0"], "is outside 1 to 11 years; .*set"),
    "assistants paid a living": (
        ["policy.ra_pay_yen_per_year=2000000"],
        r"is outside 0 to 1.8e\+06 yen per year; .*other_support_places_persons",
    ),
    "retired at once": (["policy.retirement_age_years=50"], "outside 58 to 72 years; a lower age"),
    "more than all re-employed": (["policy.reemployment_share=1.2"], "outside 0 to 1 share"),
    "all applications win": (
        ["policy.young_grant_success_share=1"],
        "outside 0.05 to 0.95 share; some applications are always refused",
    ),
    "more grants than applications": (
        ["policy.independence_grants_persons_per_year=2500"],
        "outside 0 to 2000 persons per year; 2,262 applied",
    ),
    "reserved twice": (
        ["policy.under40_reserved_share=0.7", "policy.women_reserved_share=0.4"],
        "reserve 1.1 of the places in 2027; together they may be 1 at most",
    ),
    "reserved twice by a scenario": (
        ["scenario=women", "policy.under40_reserved_share=0.9"],
        "reserve 1.1 of the places",
    ),
    "one map of two": (["policy.postdoc_cap_years={2027: 5, 2030: 0}"], "in 2030: 0 is outside"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_levers_that_contradict_themselves_are_refused_in_one_line(case: str) -> None:
    words, message = CONTRADICTIONS[case]
    with pytest.raises(ConfigError, match=message) as raised:
        compose(words)
    assert "policy." in str(raised.value)
    assert "\n" not in str(raised.value)


#: More places than people who may have them, and the market where they are left vacant in 2027.
MORE_THAN_THERE_ARE = {
    "dc_fellows_persons": (60_000, "dc_fellowships"),
    "project_postdoc_positions_persons": (50_000, "project_postdoc_positions"),
    "pd_fellows_persons": (10_000, "pd_fellowships"),
}


@pytest.mark.parametrize("name", MORE_THAN_THERE_ARE)
def test_places_beyond_those_who_may_have_them_are_left_vacant(name: str) -> None:
    """The stated rule: whoever may have one has one, and the others are reported as vacant."""
    number, market = MORE_THAN_THERE_ARE[name]
    ds = run(f"policy.{name}={number}")
    in_post = sum(people(ds, 2027, stage) for stage in IN_POST[name])
    vacant = float(ds.vacancy.sel(time=2027, market=market).sum())
    assert in_post + vacant == pytest.approx(number)
    assert vacant > 1000


CUT = {
    "permanent_posts_national_persons": "permanent_national",
    "permanent_posts_other_persons": "permanent_other",
    "fixed_term_posts_national_persons": "fixed_term_national",
    "fixed_term_posts_other_persons": "fixed_term_other",
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_of_posts_takes_seats_and_dismisses_nobody(name: str) -> None:
    """By hand, at 0.7 net: 700 fewer of 1,000 unfunded, once people have left by themselves."""
    law, ds = run(), run(f"policy.{name}=-1000")
    assert people(ds, 2035, CUT[name]) - people(law, 2035, CUT[name]) == pytest.approx(
        -700, rel=5e-3
    )
    leaving = (law.rule_source == CUT[name]) & (law.rule_when == "year")
    left = [float(d.flow.sel(year=2027)[leaving.values].sum()) for d in (ds, law)]
    held = [people(d, 2027, CUT[name]) for d in (ds, law)]
    assert left[0] / held[0] == pytest.approx(left[1] / held[1], rel=5e-3)
    cost = annual_cost_yen(ds) - annual_cost_yen(law)
    price = 8.6e6 if name.startswith("permanent") else 7.5e6
    assert float(cost.sel(year=2035)) == pytest.approx(-1000 * price, rel=0.02)


def levers_of(scenario: str) -> dict[str, object]:
    return dict(compose([f"scenario={scenario}"]).policy)


@pytest.mark.slow
def test_the_whole_paper_has_every_lever_of_the_scenarios_it_is_made_of() -> None:
    parts = scenario_files.read_scenario(scenario_files.scenario_files()["whole_paper"]).defaults
    wanted = {name for part in parts if part != "_self_" for name in levers_of(part)}
    found = levers_of("whole_paper")
    assert set(found) == wanted | {"dc_stipend_yen_per_year", "other_support_places_persons"}
    for part in parts[:-1]:
        for name, value in levers_of(part).items():
            assert found[name] == value, (part, name)
    assert not {"postdoc_cap_years", "retirement_age_years", "reemployment_share"} & set(found)


@pytest.mark.parametrize("plan", ["sixth_basic_plan", "seventh_basic_plan", "whole_paper"])
def test_both_plans_support_as_many_as_the_sixth_had_set(plan: str) -> None:
    config = compose([f"scenario={plan}"])
    dc = min(today("dc_fellows_persons"), config.lever("dc_fellows_persons").at(2030))
    others = config.lever("other_support_places_persons").at(2030)
    target = observed.record().series("target_doctoral_students_supported_180man", status="target")
    assert dc + others == target[2025]


def test_what_the_seventh_plan_does_not_set_stays_as_it_is() -> None:
    found = levers_of("seventh_basic_plan")
    assert {"technicians_persons", "independence_grants_persons_per_year"} < set(found)
    assert not {"ura_persons", "young_grant_success_share"} & set(found)
    monthly = observed.record().series("jsps_dc_stipend_monthly", status="planned")[2027]
    assert found["dc_stipend_yen_per_year"] == {2027: 12 * monthly}


def test_the_university_fund_pays_for_no_more_than_it_has() -> None:
    """By hand in 2031: 500 · 8.6 + 1,330 · 7.5 + 770 · 2.9 + 388 · 8 + 480 · 6.5 million yen."""
    law, ds = (annual_cost_yen(run(*words)) for words in ((), ("scenario=university_fund",)))
    by_hand = 4.3e9 + 9.975e9 + 2.233e9 + 3.104e9 + 3.12e9
    assert float((ds - law).sel(year=2031)) == pytest.approx(by_hand, rel=2e-3)
    assert by_hand < 22.4e9 + 12.5e9
    # J-PEAKS has ended by then
    assert float((ds - law).sel(year=2034)) == pytest.approx(4.3e9 + 3.75e9 + 2.233e9, rel=0.02)


def test_austerity_saves_on_everything_it_names() -> None:
    policy = compose(["scenario=austerity"])
    for name in levers_of("austerity"):
        assert policy.lever(name).at(2031) < today(name), name
    fewer = people(run("scenario=austerity"), 2036, *NATIONAL) - people(run(), 2036, *NATIONAL)
    assert fewer == pytest.approx(-0.7 * 2850, rel=0.02)


@pytest.mark.parametrize(("weight", "expected"), [(1.0, 1.5), (0.5, 1.25), (0.0, 1.0)])
def test_entrants_expect_a_part_of_what_has_changed(weight: float, expected: float) -> None:
    """By hand: a chance half as large again, seen with its weight beside that of the reference."""
    hires, below = 500.0, 10_000.0
    last = SimpleNamespace(
        permanent_hires_from_below_persons=hires, people_below_permanent_persons=below
    )
    chance = 1 - np.exp(-7 * hires / below)
    params = SimpleNamespace(reference_prospect=chance / 1.5, expectation_weight=weight)
    found = expected_prospect(SimpleNamespace(last=last, params=params))  # type: ignore[arg-type]
    assert found == pytest.approx(expected)
