"""What each lever does, by hand arithmetic: off, today, doubled."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from test_individuals import engines_agree

import stsim
from stsim import levers
from stsim.compose import compose
from stsim.config import ConfigError
from stsim.given import TODAY
from stsim.rulebook.leaving import leave_research
from stsim.rulebook.stages import FACULTY, FIRM, POSTDOCS, PUBLIC_INSTITUTE, RESEARCH_SUPPORT
from stsim.simulation import prepare

LAST = 2036


@cache
def run(*words: str) -> xr.Dataset:
    return stsim.simulate("engine=stocks", *words, f"years.last={LAST}")


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
    cost = stsim.indicators(ds).annual_cost_yen - stsim.indicators(run()).annual_cost_yen
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


@pytest.mark.parametrize("share", [0.0, 0.027, 0.054, 0.3])
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


@pytest.mark.parametrize("number", [550, 1100])
def test_posts_on_soft_money_add_seats_that_stay_as_many(number: int) -> None:
    """At 0.7 net: those that lapse are filled again the next day."""
    ds, law = run(f"policy.{SOFT_MONEY}={number}"), run()
    for year in (2028, 2035):
        more = people(ds, year, *NATIONAL) - people(law, year, *NATIONAL)
        assert more == pytest.approx(0.7 * number, rel=1e-3)
    cost = stsim.indicators(ds).annual_cost_yen - stsim.indicators(law).annual_cost_yen
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


@pytest.mark.parametrize("number", [550, 1100])
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


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
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


@pytest.mark.parametrize("share", [0.0, 0.4, 0.8, 1.0])
def test_tenure_is_granted_to_the_share_of_those_decided(share: float) -> None:
    ds = run(f"policy.tenure_grant_share={share}")
    for sector in ("national", "other"):
        granted = moved(ds, 2030, "decide_tenure", f"permanent_{sector}")
        rule = [r for r in ds.rule.values if r.startswith(f"decide_tenure__fixed_term_{sector}")]
        decided = float(ds.flow.sel(year=2030, rule=rule).sum())
        assert decided > 0
        assert granted / decided == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.195, 0.39, 0.6])
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


@pytest.mark.parametrize("ratio", [0.0, 0.5, 2.0])
def test_the_ratio_multiplies_the_hazard_of_coming_back(ratio: float) -> None:
    """By hand: a share of 0.05 is a hazard of 0.0513; twice that is a share of 0.0975."""
    law, ds = run(), run(f"policy.return_from_abroad_ratio={ratio}")
    share = compose([]).params.return_from_abroad_share
    before, after = (moved(d, 2027, "return_from_abroad") for d in (law, ds))
    assert after / before == pytest.approx((1 - (1 - share) ** ratio) / share, rel=1e-9)


@pytest.mark.parametrize("sent", [0, 100, 200])
def test_those_sent_abroad_are_as_many_moves_and_come_back_after_two_years(sent: int) -> None:
    """By hand: nobody leaves a stay but the dead, about one in a thousand a year at their ages."""
    ds = run(f"policy.sent_abroad_persons_per_year={sent}")
    assert moved(ds, 2027, "stays_abroad") == pytest.approx(sent, abs=1e-9)
    assert moved(ds, 2027, "end_stay_abroad") == 0.0
    assert moved(ds, 2028, "end_stay_abroad") == pytest.approx(sent, rel=5e-3, abs=1e-9)
    assert people(ds, 2032, "abroad_stay") == pytest.approx(2 * sent, rel=3e-3, abs=1e-9)
    cost = stsim.indicators(ds).annual_cost_yen - stsim.indicators(run()).annual_cost_yen
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


@pytest.mark.parametrize("received", [0, 100, 200])
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
    cost = stsim.indicators(ds).annual_cost_yen - stsim.indicators(law).annual_cost_yen
    assert float(cost.sel(year=2027)) == pytest.approx(received * 59e6)


@pytest.mark.parametrize("ratio", [0.8, 1.1, 2.0])
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


@pytest.mark.parametrize("schools", [0, 109, 436, 1000])
def test_any_number_of_schools_changes_nothing_as_no_effect_is_known(schools: int) -> None:
    law, ds = (
        stsim.simulate("engine=stocks"),
        stsim.simulate("engine=stocks", f"policy.school_programme_schools={schools}"),
    )
    for name in ("stock", "flow", "vacancy"):
        assert ds[name].values.tobytes() == law[name].values.tobytes()
    cost = stsim.indicators(ds).annual_cost_yen - stsim.indicators(law).annual_cost_yen
    assert float(cost.sel(year=2030)) == pytest.approx((schools - 218) * 10.5e6)


def test_twice_the_schools_act_after_ten_years_as_the_effect_says() -> None:
    words = ("engine=stocks", "params.school_programme_effect=0.05", "years.last=2040")
    law = stsim.simulate(*words)
    ds = stsim.simulate(*words, f"policy.school_programme_schools={2 * 218}")
    for year, more in ((2036, 1.0), (2037, 1.05)):
        entered = [moved(d, year, "enter_from_masters") for d in (ds, law)]
        assert entered[0] / entered[1] == pytest.approx(more, rel=1e-9)


def test_units_without_a_price_are_those_of_today() -> None:
    free = {name: levers.about(name).free_units for name in levers.NAMES}
    assert {n: units for n, units in free.items() if units} == {
        n: today(n) for n, units in free.items() if units
    }


@pytest.mark.parametrize("interns", [0, 1000, 2000])
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
    cost = stsim.indicators(ds).annual_cost_yen - stsim.indicators(law).annual_cost_yen
    assert float(cost.sel(year=2027)) == pytest.approx(interns * 0.5e6)


def test_every_scenario_states_levers_within_reach_of_the_evidence() -> None:
    """No scenario of ours asks for more than a lever may take, or for nothing."""
    for name in stsim.scenarios():
        policy = compose([f"scenario={name}"]).policy
        assert bool(policy) == (name != "baseline"), name
        assert set(policy) <= set(levers.NAMES)
