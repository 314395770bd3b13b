"""Target seeking with the model: bad questions by table, and one small answer by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from pools import Here

import stsim
from stsim.cli import main
from stsim.config import ConfigError
from stsim.explore import targets
from stsim.explore.sought import write_sought

POSTS = "policy.permanent_posts_national_persons=interval(0,2000)"
AIM = "seek.targets={faculty_persons: {2029: 193700}}"

BAD = [
    ((POSTS,), "nothing to reach"),
    ((AIM,), "nothing to sweep"),
    ((AIM, "posts=flat,openings"), "takes intervals of levers"),
    ((AIM, "params.contract_years=interval(3,5)"), "only levers"),
    ((POSTS, "seek.targets={faculty_person: {2029: 1}}"), "did you mean.*faculty_persons"),
    ((POSTS, "seek.targets={faculty_persons: {2099: 1}}"), "2099 is outside 2027"),
    ((POSTS, "seek.targets={faculty_persons: {2029: 0}}"), "a goal of 0"),
    ((POSTS, "seek.targets={faculty_persons: {2029: nan}}"), "faculty_persons=nan is not a number"),
    ((POSTS, "seek.targets={faculty_persons: {2029: 1e400}}"), "=inf is not a number"),
    ((POSTS, "seek.targets={faculty_persons: 3}"), "seek.targets"),
    ((AIM, POSTS, "seek.budget=-5"), "seek.budget"),
    ((AIM, "policy.permanent_posts_national_persons=interval(0,200000)"), "200000"),
    (
        (AIM, "policy.under40_reserved_share=interval(0,0.8)",
         "policy.women_reserved_share=interval(0,0.8)"),
        "reserve 1.6",
    ),
    ((AIM, POSTS, "seek.file=nothing"), "no such file"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), BAD, ids=[said for _, said in BAD])
def test_a_question_that_cannot_be_put_is_one_line(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        targets.question(words)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_posts_for_so_many_more_faculty_are_those_their_net_effect_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seats given, faculty grow by net posts per funded post: the answer is a division."""
    words = ["years.last=2030", "seek.draws=2", AIM, POSTS, f"results_dir={tmp_path}"]
    found = targets.seek(targets.question(words))
    law = stsim.simulate("engine=stocks", "years.last=2030")
    now = float(stsim.indicators(law)["faculty_persons"].sel(time=2029))
    net = targets.fitted().net_posts_per_funded_post
    assert found.answer.met
    assert found.answer.setting[0] == pytest.approx((193_700 - now) / net, rel=0.01)
    assert [round(budget / found.answer.cost, 3) for budget, _ in found.front] == [*targets.PARTS]
    folder = write_sought(found)
    policy = yaml.safe_load((folder / "sought.yaml").read_text(encoding="utf-8"))["policy"]
    ds = stsim.simulate(
        f"--config-dir={folder}", "scenario=sought", "engine=stocks", "years.last=2030"
    )
    assert policy["permanent_posts_national_persons"] == pytest.approx(found.answer.setting[0])
    there = float(stsim.indicators(ds)["faculty_persons"].sel(time=2029))
    np.testing.assert_allclose(there, found.answer.reached[0], rtol=1e-6)
    assert main(["job=seek", *words, "seek.draws=2", "language=ja"]) == 0
    assert "達成できます" in capsys.readouterr().out


#: More or fewer faculty by variant of posts.
OF_POSTS = {"flat": 0.0, "damped_trend": 300.0, "openings": -300.0}


def by_formula(task: targets._Task) -> list[np.ndarray]:
    """A post costs 8.6 million yen, half in the first year, and gives half a person.

    By law 193,000 persons for 5 bn yen; 100 more in the first draw, 200 in the second.
    """
    rows = []
    for setting, future in zip(task.settings, task.futures, strict=True):
        posts = 0.0 if setting is None else float(setting[0])
        persons = 193_000 + 100 * (future.draw or 0) + OF_POSTS[future.posts] + posts / 2
        rows.append(np.array([5e9 + 4.3e6 * posts, 5e9 + 8.6e6 * posts, persons]))
    return rows


@pytest.mark.parametrize(
    ("words", "posts", "of_draws", "attained"),
    [
        ([], 1400.0, [1200.0, 1000.0], [True, True, True, True, False, False]),
        (["seek.budget=4.3e9"], 500.0, [500.0] * 2, [False, False, False, True, False, False]),
    ],
)
def test_of_a_market_by_formula_answer_front_and_regret_are_known(
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    posts: float,
    of_draws: list[float],
    attained: list[bool],
) -> None:
    monkeypatch.setattr(targets, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(targets, "_run", by_formula)
    runs: list[int] = []
    asked = targets.question(["years.last=2030", "seek.draws=2", AIM, POSTS, *words])
    found = targets.seek(asked, runs.append)
    assert found.answer.met is (posts == 1400)
    assert found.answer.setting[0] == pytest.approx(posts, rel=1e-3)
    assert found.answer.cost == pytest.approx(8.6e6 * posts, rel=1e-3)  # of the dearest year
    assert found.answer.reached[0] == pytest.approx(193_000 + posts / 2, rel=1e-6)
    assert [one.setting[0] for one in found.by_draw] == pytest.approx(of_draws, rel=1e-3)
    for (budget, one), part in zip(found.front, targets.PARTS, strict=True):
        assert budget == pytest.approx(part * found.answer.cost)
        assert one.setting[0] == pytest.approx(part * posts, rel=1e-3)
    # futures: both draws with flat posts, then with those of a trend, then with openings
    assert tuple(OF_POSTS) == targets.POSTS
    assert found.attained[:, 0].tolist() == attained
    assert not found.attained[:, 1].any()  # with a fifth of the money in none
    for k, part in enumerate((1.0, *targets.PARTS[:-1])):  # the answer, then the front
        missed = (1 - part) * posts / 2 / 193_700
        assert found.regret[:, k] == pytest.approx([missed] * 6, abs=2e-6)
    assert sum(runs) > 100


def test_few_draws_say_nothing_of_parameters() -> None:
    """With 130 unknowns some always fit a handful of futures: only posts may be named then."""
    few = [targets.Future(k, posts) for posts in targets.POSTS for k in range(1, 9)]
    assert set(targets._unknowns(few)) == {f"posts={posts}" for posts in targets.POSTS}
    many = [targets.Future(k, "flat") for k in range(1, 101)]
    assert "entry_elasticity_coverage" in targets._unknowns(many)
