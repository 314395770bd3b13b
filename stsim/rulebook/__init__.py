"""THE MODEL: the stages of a research career in Japan and the rules that move people.

Read `stages`, then `study`, `leaving` and `hiring` from top to bottom; this page is their table
of contents. Each rule says, for one moment and one place people leave, how many move (intake),
how fast (flow, 1/year), which share (year_end, leftover) or how many posts there are and who is
likely to get them (posts). `rates.py` has the order of the year.
"""

from __future__ import annotations

from stsim.params import (
    FIELDS,
)
from stsim.rulebook.hiring import (
    cross_appointments,
    firm_openings,
    fixed_term_posts_national,
    fixed_term_posts_other,
    industry_first_share,
    institute_openings,
    pd_fellowships,
    permanent_posts_national,
    permanent_posts_other,
    project_postdoc_positions,
    receive_from_abroad,
    research_support_posts,
    stays_abroad,
    tenure_track_posts_national,
    tenure_track_posts_other,
)
from stsim.rulebook.leaving import (
    contract_ends,
    convert_at_ten_years,
    cross_appointment_ends,
    decide_tenure,
    die,
    end_at_ten_years,
    end_stay_abroad,
    give_up_search,
    go_abroad,
    leave_research,
    move_to_second_employer,
    postdoc_ends,
    reemploy,
    renew_contract,
    retire,
    return_from_abroad,
    settle_abroad,
    soft_money_lapses,
)
from stsim.rulebook.stages import (
    BELOW_PERMANENT,
    DOCTORAL,
    PERMANENT,
    SEEKING_DOCTORATE,
    STAGES,
)
from stsim.rulebook.study import (
    abandon_doctorate,
    complete_with_degree,
    complete_without_degree,
    dc_fellowships,
    doctorates_without_course,
    enter_as_working_adult,
    enter_from_abroad,
    enter_from_masters,
    enter_uncounted,
    other_support_places,
    other_support_places_foreign,
    support_ends,
)
from stsim.vocabulary import (
    Array,
    Count,
    Moment,
    Rate,
    Rulebook,
    Season,
    everybody,
)


def permanent_hires_from_below_persons(last: Count) -> Array:
    """Permanent hires from among those below, tenure grants and conversions."""
    return last.moves(
        (permanent_posts_national, permanent_posts_other, decide_tenure, convert_at_ten_years),
        BELOW_PERMANENT,
        PERMANENT,
    )


def people_below_permanent_persons(last: Count) -> Array:
    """People whose next step would be a permanent post."""
    return last.people(BELOW_PERMANENT)


def new_doctorates_seeking_persons(last: Count) -> Array:
    """People out of doctoral study who began to seek a post, by field."""
    return last.moves(
        (complete_with_degree, complete_without_degree), DOCTORAL, SEEKING_DOCTORATE, by_field=True
    )


def looks_to_industry_first(m: Moment) -> Rate:
    """The share of new doctorate holders in the nest of firms and public institutes."""
    return industry_first_share(m) if m.source_is("new_doctorate") else 1.0


RULES = (
    enter_from_masters,
    enter_as_working_adult,
    enter_from_abroad,
    enter_uncounted,
    doctorates_without_course,
    receive_from_abroad,
    abandon_doctorate,
    leave_research,
    settle_abroad,
    die,
    complete_with_degree,
    complete_without_degree,
    support_ends,
    reemploy,  # before those who are not retire
    retire,
    soft_money_lapses,  # before tenure and conversions of the same day
    decide_tenure,
    convert_at_ten_years,
    end_at_ten_years,
    contract_ends,
    renew_contract,
    postdoc_ends,
    go_abroad,
    return_from_abroad,
    end_stay_abroad,
    move_to_second_employer,
    cross_appointment_ends,
    firm_openings,
    institute_openings,
    research_support_posts,
    stays_abroad,
    cross_appointments,
    permanent_posts_national,
    permanent_posts_other,
    tenure_track_posts_national,
    tenure_track_posts_other,
    fixed_term_posts_national,
    fixed_term_posts_other,
    project_postdoc_positions,
    pd_fellowships,
    dc_fellowships,
    other_support_places_foreign,
    other_support_places,
    give_up_search,
)
#: The order of 1 April.
SEASONS = (
    Season(
        (firm_openings, institute_openings, research_support_posts),
        applicants=looks_to_industry_first,
    ),
    Season((stays_abroad,)),  # before posts, so that places left are filled the same spring
    Season((cross_appointments,)),  # before posts, so that freed pay fills seats the same spring
    Season((permanent_posts_national, permanent_posts_other), everybody, rounds=3),
    Season(
        (
            tenure_track_posts_national,
            tenure_track_posts_other,
            fixed_term_posts_national,
            fixed_term_posts_other,
        ),
        rounds=3,
    ),
    Season((project_postdoc_positions, pd_fellowships)),
    Season((dc_fellowships,)),
    Season((other_support_places_foreign,)),
    Season((other_support_places,)),
)
JAPAN = Rulebook(
    STAGES,
    RULES,
    SEASONS,
    (
        permanent_hires_from_below_persons,
        people_below_permanent_persons,
        new_doctorates_seeking_persons,
    ),
    fields=FIELDS,
)
