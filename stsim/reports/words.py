"""The words of a report in English and Japanese."""

from __future__ import annotations

WORDS = {
    "page_title": ("Japan's research careers: {0}", "日本の研究人材：{0}"),
    "page_title_fit": ("the fit of the model to the record", "モデルの実績への当てはめ"),
    "page_title_sweep": ("a sweep", "パラメータ・政策手段の一括計算"),
    "page_title_attribution": ("what each lever adds", "政策手段ごとの寄与"),
    "beside": ("{0} beside “{1}”", "{0}（「{1}」との比較）"),
    "scope": (
        "A scenario simulation by stsim. What stands here is what the model gives under its "
        "assumptions, which are all listed below; it is no forecast of what will happen.",
        "stsimによるシナリオ試算。ここに示すのは末尾に全て掲げた前提の下でのモデルの結果であり、"
        "将来の予測ではない。",
    ),
    "contents": ("Contents", "目次"),
    "language": ("Language", "言語"),
    "skip": ("Skip to the results", "本文へ"),
    "left_out": ("Left out: {0}", "この節は省略：{0}"),
    "numbers": ("Numbers (CSV)", "数値（CSV）"),
    "csv_of": ("{0}: numbers (CSV)", "{0}：数値（CSV）"),
    "csv_table": ("The table (CSV)", "この表（CSV）"),
    "csv_all": ("Every measure and year (CSV)", "全指標・全年（CSV）"),
    "key": ("Key", "凡例"),
    "answers": ("What comes out", "主な結果"),
    "ranges": (
        "Ranges hold 90 % of the parameter sets on average: they are from the stock engine with "
        "{0} sets, changes set by set, and nine times in ten such a range holds between {1} and "
        "{2} % of all. They are of parameters only: no chance, no other future of posts, the start "
        "population as it is.",
        "幅は平均して90％のパラメータの組を含む範囲。ストックエンジンを{0}組で計算し、差は組ごとにとった。"
        "この数の組による幅が全体に占める割合は90％の確率で{1}～{2}％。"
        "パラメータの不確実性のみで、偶然、ポストの将来、初期人口の不確実性は含まない。",
    ),
    "no_ranges": (
        "One parameter set, no range was computed: the size of an effect is told only where it was "
        "measured or is arithmetic of places. Run without band=false for ranges.",
        "単一のパラメータの組による結果で、幅は計算していない。効果の大きさは、実測または"
        "ポスト数の算術による場合に限り示す。band=falseを外すと幅を計算する。",
    ),
    "on_priors": (
        "{0} of {1} parameters rest on judgement alone, the size of behaviour (who enters, who "
        "stays) among them: read an effect as “this is what the assumptions imply”.",
        "パラメータ{1}個のうち{0}個は判断のみに基づき、行動（進学、定着）の大きさもこれに含まれる。"
        "効果は「この前提が意味するもの」と読む。",
    ),
    "of": ("{0}: {1}", "{0}：{1}"),
    "several": ("{0} policies", "{0}つの政策"),
    "base": ("“{0}” gives in {1}:", "「{0}」の{1}年の値："),
    "aim": ("Target “{0}”:", "目標「{0}」："),
    "aim_one": ("Target “{0}”: {1}.", "目標「{0}」：{1}。"),
    "aim_all": (
        "Target “{0}”: {1}, the same in every scenario; “{2}” gives {3}.",
        "目標「{0}」：全シナリオで{1}。「{2}」では{3}。",
    ),
    "verdict": ("{0}: {1}, {2}", "{0}：{1}、{2}"),
    "met": ("met", "達成"),
    "missed": ("missed", "未達"),
    "in_sets": ("(met in {0} of {1} parameter sets)", "（パラメータ{1}組中{0}組で達成）"),
    "changes": (
        "“{0}” changes in {1}, against “{2}”:",
        "「{0}」による{1}年の差（「{2}」との比較）：",
    ),
    "changes_nothing": (
        "“{0}” changes no headline measure in {1} that the ranges tell from nothing.",
        "「{0}」（{1}年）：主要指標に、幅からみて0と区別できる差はない。",
    ),
    "unclear": (
        "not told from nothing: {0}",
        "0と区別できないもの：{0}",
    ),
    "costs": ("yearly cost: {0}", "年間費用：{0}"),
    "rests_on": (
        "what its size rests on: {0}",
        "効果の大きさの根拠：{0}",
    ),
    "rests_on_prior": (
        "the size is an assumption, not a finding (it rests on: {0}), so only the range is told",
        "効果の大きさは実証結果ではなく仮定（根拠：{0}）であり、幅のみを示す",
    ),
    "evidence_unknown": ("no lever known from this dataset", "このデータからは政策手段が不明"),
    "not_sized": (
        "size not told: it is an assumption and no range was computed",
        "仮定に基づき、幅も計算していないため示さない",
    ),
    "table": ("Scenarios in figures", "シナリオの比較表"),
    "table_lead": (
        "Large: the model with the fitted parameters. Small: the range of the parameter sets, and "
        "how the scenario differs from “{0}”, as a range.",
        "大きい数字は推定パラメータによる値。小さい数字はパラメータの組による幅と、"
        "「{0}」との差（幅）。",
    ),
    "indicator": ("Indicator", "指標"),
    "year": ("Year", "年"),
    "target": ("target {0} in {1}", "目標 {0}（{1}年）"),
    "range": ("range {0}", "幅 {0}"),
    "change": ("change {0}", "差 {0}"),
    "years": ("Year by year", "年次推移"),
    "years_lead": (
        "On one axis: what was counted (grey points), the model run from 2007 with the seats and "
        "entrants that were counted (grey dashes; a fit, not a forecast), for the share under 40 "
        "what small models of the same structure forecast from what was known in {0} (diamonds, "
        "80 %), and the scenarios from 2023 (lines). Shaded: the range of the parameter sets of "
        "the first scenario; bars at the right edge: the ranges of all in the last year.",
        "1つの軸に示すもの：実績（灰色の点）、実績のポスト数と入学者数を与えた2007年からのモデル"
        "（灰色の破線。当てはめであり予測ではない）、40歳未満割合については{0}年までの情報による"
        "同じ構造の小モデルの予測（菱形、80％）、2023年以降の各シナリオ（線）。"
        "網掛けは最初のシナリオのパラメータの組による幅、右端の縦棒は各シナリオの最終年の幅。",
    ),
    "from_2007": (
        "Model from 2007, seats and entrants as counted",
        "2007年からのモデル（ポストと入学者は実績）",
    ),
    "forecast_from": ("Forecast from {0}, with 80 %", "{0}年からの予測（80％範囲）"),
    "points": ("percentage points", "ポイント"),
    "unit_caption": ("Unit: {0}. {1}", "単位：{0}。{1}"),
    "fan_caption": ("{0}; {1}.", "{0}、{1}。"),
    "by_time": ("count of 1 May", "5月1日現在"),
    "by_year": ("fiscal year from 1 April", "4月からの年度"),
    "not_from_zero": ("The axis does not start at 0.", "縦軸は0から始まらない。"),
    "no_band": ("No range.", "幅の表示なし。"),
    "no_record": ("No published series to compare with.", "比較できる公表値はない。"),
    "told": ("{0}: {2} in {1}, {4} in {3}.", "{0}：{1}年 {2}、{3}年 {4}。"),
    "ages": ("Faculty by age, then and now", "教員の年齢構成：過去と現在・将来"),
    "pyramid_title": ("{0}, {1}", "{0}（{1}年）"),
    "pyramid_caption": (
        "Persons of each age, women left, men right, by contract; the line is the other year. "
        "Count of 1 May. Single ages of the start and contracts outside national universities are "
        "estimates.",
        "各歳の人数（左：女性、右：男性）、雇用形態別。線は比較する年。5月1日現在。"
        "初期の各歳別人数と国立大学以外の任期の有無は推計による。",
    ),
    "pyramid_told": (
        "Under 40: {1} of faculty in {0}, {3} in {2}.",
        "40歳未満の割合：{0}年 {1}、{2}年 {3}。",
    ),
    "outline_of": ("{0}, {1}", "{0}（{1}年）"),
    "model": ("Model", "モデル"),
    "flows": ("Who moves in a year", "1年間の移動"),
    "sankey_title": ("{0}: moves in the academic year {1}", "{0}：{1}年度の移動"),
    "sankey_caption": (
        "Persons per year, from the group on the left to the one on the right; bands are as wide "
        "as people are many. Renewals and transfers within a group are left out.",
        "人／年。左の区分から右の区分への移動で、帯の幅は人数に比例。区分内の更新・異動は除く。",
    ),
    "sankey_told": ("The largest: {0}.", "大きい順に：{0}。"),
    "moved": ("{0} from “{1}” to “{2}”", "「{1}」から「{2}」へ{0}人"),
    "careers": ("Careers", "キャリア"),
    "careers_lead": (
        "From people followed one by one: one outcome of chance (or the mean of several), so small "
        "differences between scenarios are chance. Known only where the ten years after doctoral "
        "study are in the run.",
        "個人を一人ずつ追った結果で、確率的な1回の実現値（複数の場合は平均）。シナリオ間の小さな差は偶然による。"
        "博士課程後の10年が計算期間に入る年のみ。",
    ),
    "no_careers": (
        "careers are measured by the individual engine, which this result has not (engine=both).",
        "キャリアは個人エンジンで測るが、この結果には含まれない（engine=bothで計算できる）。",
    ),
    "no_people": (
        "this result has measures only, not people by age and stage (give a run's dataset or "
        "folder).",
        "この結果は指標のみで、年齢・段階別の人数を含まない（計算結果のデータまたはフォルダが必要）。",
    ),
    "short": ("the run is too short for a whole year.", "計算期間が短く、1年分の移動が揃わない。"),
    "money": ("Money", "費用"),
    "money_lead": (
        "Yen of FY2024, without discounting, beyond “{0}”. Annual: the units in force times "
        "their price. Committed: what the awards and appointments that hold these units cost from "
        "their first year to their last. Prices are in the list of levers.",
        "2024年度価格、割引なし、「{0}」を超える分。年間費用は実施中の数×単価。"
        "採用・任用期間全体の費用は、その採用・任用の最初の年から最後の年までの費用。単価は政策手段の一覧を参照。",
    ),
    "money_base": (
        "The levers with a price cost {1} in {0}, as the law stands or the policy has it.",
        "{0}年の、単価のある政策手段の年間費用は{1}。",
    ),
    "no_money": (
        "costs by part need the levers by year, which this result has not.",
        "内訳の計算には各年の政策手段の値が必要だが、この結果には含まれない。",
    ),
    "scenario": ("Scenario", "シナリオ"),
    "part": ("Part", "内訳"),
    "payer": ("Payer", "負担者"),
    "payer_state": ("state", "国"),
    "payer_university": ("university", "大学"),
    "payer_firm": ("firm", "企業"),
    "annual_in": ("annual, {0}", "年間（{0}年度）"),
    "committed_in": ("committed, {0}", "期間全体（{0}年度）"),
    "permanent_faculty_above_seats": (
        "Permanent faculty above the seats",
        "ポスト数を超える無期雇用教員",
    ),
    "costs_nothing": ("costs nothing more", "追加費用なし"),
    "bill": ("Costs by part and payer", "内訳・負担者別の費用"),
    "bill_note": (
        "Prices are estimates with sources; no draw moves them, so there is no range.",
        "単価は出典のある推計。パラメータの組では動かないため幅はない。",
    ),
    "payers_title": ("Who pays, {0}", "負担者（{0}年）"),
    "payers_caption": (
        "Annual cost beyond the first scenario.",
        "最初のシナリオを超える年間費用。",
    ),
    "no_per_unit": (
        "What one more of each target costs, and effects at equal money, need ranges, which this "
        "result has not.",
        "目標1単位当たりの費用と同額での比較には幅が必要だが、この結果にはない。",
    ),
    "per_unit": (
        "Yen a year for one more of each target, {0}",
        "目標指標を1単位増やす年間費用（{0}年）",
    ),
    "per_unit_note": (
        "Cost of the year over the effect in it (of a share: one percentage point), as a range. "
        "“None”: nothing is spent, or the effect is not told from nothing.",
        "その年の費用÷効果（割合は1ポイント当たり）の幅。「なし」は支出がないか、効果が0と区別できない場合。",
    ),
    "none": ("none", "なし"),
    "equal_title": ("{0}, {1}: at equal money", "{0}（{1}年）：同額での比較"),
    "equal_run": (
        "Change beyond the first scenario when its levers are scaled until they cost {0} in their "
        "dearest year, and the model is run again; what universities pay for permanent faculty "
        "beyond the seats comes on top. The bar is the range of the parameter sets.",
        "最も費用のかかる年に{0}となるよう各シナリオの政策手段を拡大・縮小し、モデルを計算し直した場合の"
        "最初のシナリオとの差。ポスト数を超える無期雇用教員の大学負担は別。棒はパラメータの組による幅。",
    ),
    "equal_divided": (
        "Effect divided by cost, times {0}: not run at that budget, as if effect and cost were "
        "proportional (a report that runs the scenarios, and job=compare, run them at it). The bar "
        "is the range of the parameter sets.",
        "効果÷費用×{0}。この予算で計算し直したものではなく、効果と費用が比例すると見なした値"
        "（シナリオを計算する報告とjob=compareは計算し直す）。棒はパラメータの組による幅。",
    ),
    "equal_left_out": (
        "Not shown at {0} a year: {1}. Nothing in it costs money, it saves, or a lever is at the "
        "end of its range before that sum is spent.",
        "年{0}での比較に示さないもの：{1}。費用のかかる手段がない、節約になる、"
        "またはその額に達する前に政策手段が範囲の端に達するため。",
    ),
    "range_of_sets": ("range of the parameter sets", "パラメータの組による幅"),
    "bar_told": ("{0}: {1}", "{0}：{1}"),
    "attribution": ("What each lever of a package adds", "組合せにおける政策手段ごとの寄与"),
    "no_attribution": (
        "no attribution is in this result (job=attribution, then report.of=ITS FOLDER, makes it).",
        "この結果には寄与の分解がない（job=attributionのフォルダをreport.ofに指定すると表示）。",
    ),
    "attribution_lead": (
        "What a lever adds, averaged over all orders in which the levers could be laid one on "
        "another (Shapley values); the sum is the effect of the package.",
        "政策手段を重ねる全ての順序にわたる平均の寄与（シャープレイ値）。合計が組合せの効果になる。",
    ),
    "attribution_title": ("{0}: what each lever adds, {1}", "{0}：政策手段ごとの寄与（{1}年）"),
    "attribution_exact": (
        "All {0} combinations of the {1} levers were run.",
        "{1}の政策手段の全{0}通りの組合せを計算した。",
    ),
    "attribution_orders": (
        "{0} levers have too many combinations: orders were drawn at random, each with its "
        "reverse; ± is the standard error of that.",
        "政策手段が{0}あり組合せが多いため、無作為に選んだ順序とその逆順で計算した。±はその標準誤差。",
    ),
    "attribution_sized": ("One parameter set.", "単一のパラメータの組による。"),
    "attribution_prior": (
        "Per cent of the effect of the package, one parameter set. The size of some effects is an "
        "assumption, so parts are told, not sizes; below 0 a lever works against the package.",
        "組合せ全体の効果に占める割合（単一のパラメータの組）。一部の効果の大きさは仮定であるため、"
        "大きさではなく割合を示す。負は全体と逆に働くもの。",
    ),
    "per_cent": ("{0} %", "{0} %"),
    "cancels_up": ("raises; levers cancel", "増やす（互いに打消し）"),
    "cancels_down": ("lowers; levers cancel", "減らす（互いに打消し）"),
    "lever": ("Lever", "政策手段"),
    "evidence": ("Evidence", "根拠"),
    "uncertainty": ("What the ranges follow", "幅を動かす前提"),
    "page_title_uncertainty": (
        "where the uncertainty comes from",
        "結果の不確実性の内訳",
    ),
    "of_what": ("Of", "対象"),
    "of_level": ("level", "水準"),
    "of_change": ("change", "差"),
    "budget": ("Parts of the variance", "分散の内訳"),
    "budget_lead": (
        "Where the uncertainty of the headline numbers of “{0}” in {1} comes from "
        "(job=uncertainty).",
        "「{0}」の{1}年の主要指標の不確実性の内訳（job=uncertainty）。",
    ),
    "budget_note": (
        "Share of the variance with its standard error; estimates of nothing come out on either "
        "side of zero.",
        "分散に占める割合と標準誤差。寄与のないものの推定値は0の前後にばらつく。",
    ),
    "budget_caption": (
        "Shares of the variance of each number, in per cent.",
        "各指標の分散に占める割合（％）。",
    ),
    "no_uncertainty": (
        "which assumption a change follows is told from {0} draws on (draws={0} or more, and a "
        "scenario beside the first).",
        "差がどの前提に従うかは、{0}組以上の計算（draws={0}以上）と比較するシナリオがある場合に示す。",
    ),
    "nothing_followed": (
        "no change clearly follows one of the assumptions.",
        "差が明らかに従う前提はない。",
    ),
    "ranks_title": ("{0}: change of {1}, {2}", "{0}：「{1}」の差（{2}年）"),
    "ranks_caption": (
        "Rank correlation over {0} draws with the assumptions that rest on judgement alone; only "
        "what is clear.",
        "判断のみに基づく前提との順位相関（{0}組）。明らかなもののみ。",
    ),
    "swept": ("Results of the sweep", "一括計算の結果"),
    "swept_by": (
        "By the values of: {0}. Levels the model gives under its assumptions, not findings on what "
        "the swept keys do.",
        "「{0}」の値ごとの結果。前提の下でモデルが与える水準であり、効果の実証ではない。",
    ),
    "swept_ranges": (
        "Each value has up to {0} runs (draws of the parameters, chance, futures): large, their "
        "median; small, the range that holds 90 % of them, or all where they are few.",
        "各値に最大{0}点（パラメータの組、偶然、将来の条件）。大きい数字は中央値、小さい数字は90％（少数なら全て）を含む幅。",
    ),
    "swept_spread": (
        "How the {0} runs are spread. Each counts alike, as the design has them: a percentile is "
        "one of the design, not the chance of what will happen.",
        "{0}点の分布。全点を同じ重みで数えたもので、百分位は計算計画の中での位置であり、将来の確率ではない。",
    ),
    "swept_table": ("Results by {0}", "{0}ごとの結果"),
    "swept_percentiles": ("Percentiles of all runs", "全計算点の百分位"),
    "percentile": ("{0}th percentile", "{0}パーセンタイル"),
    "more_values": (
        "{0} values, {1} of them here; all are in the CSV of the figures.",
        "全{0}値のうち{1}値を表示（全て図のCSVに収録）。",
    ),
    "of_unit": ("{0} ({1})", "{0}（{1}）"),
    "across_caption": (
        "Left to right: {0}. Upwards: {1}. One line for each year; shaded, where there are "
        "several runs of a value, the range that holds 90 % of them. The axis does not start at 0.",
        "横軸：{0}。縦軸：{1}。線は各年。同じ値に複数の計算点があれば、網掛けはその90％を含む幅。"
        "縦軸は0から始まらない。",
    ),
    "across_told": ("{0}: {1} at {3}, {2} at {4}.", "{0}年：{3}で{1}、{4}で{2}。"),
    "beside_caption": (
        "Unit: {0}. One line for each combination of what was swept; shaded, where it has several "
        "runs, the range that holds 90 % of them. The axis does not start at 0.",
        "単位：{0}。線は変化させた値の組合せごと。複数の計算点があれば、網掛けはその90％を含む幅。"
        "縦軸は0から始まらない。",
    ),
    "spread_caption": (
        "Unit: {0}. Percentiles of all runs of the design in each year. The axis does not start "
        "at 0.",
        "単位：{0}。各年における全計算点の百分位。縦軸は0から始まらない。",
    ),
    "spread_told": ("{0}: nine tenths of the runs give {1}.", "{0}年：計算点の90％は{1}。"),
    "median": ("Median", "中央値"),
    "half": ("25th to 75th percentile", "25～75パーセンタイル"),
    "nine_tenths": ("5th to 95th percentile", "5～95パーセンタイル"),
    "key_posts": ("Future of posts", "ポスト数の将来"),
    "key_scenario": ("Scenario", "シナリオ"),
    "key_draw": ("Draw of the parameters", "パラメータの組"),
    "key_replicate": ("Outcome of chance", "反復（偶然）"),
    "key_seed": ("Seed", "乱数の種"),
    "key_policy_start": ("First year of the policy", "政策の開始年"),
    "key_ramp_years": ("Years until the policy is complete", "政策の完了までの年数"),
    "runs": ("Runs, {0}", "計算点（{0}年）"),
    "more_runs": (
        "{0} runs, {1} of them here; all are in the CSV.",
        "全{0}点のうち{1}点を表示（全てCSVに収録）。",
    ),
    "tornado": ("What moves the results", "結果を動かすもの"),
    "tornado_lead": (
        "How far each swept key moves a measure from the median of the runs, the widest first. "
        "This is what the assumptions imply, not a finding.",
        "変化させた各キーが、計算点の中央値から指標をどこまで動かすか（大きい順）。"
        "前提が意味する大きさであり、実証結果ではない。",
    ),
    "end_low": ("key at its low end", "キーが小さい側"),
    "end_high": ("key at its high end", "キーが大きい側"),
    "tornado_title": ("{0}, {1}", "{0}（{1}年）"),
    "tornado_caption": (
        "Distance from the median of all runs; {0}.",
        "全計算点の中央値との差。{0}。",
    ),
    "how_one": (
        "each key at its lowest and highest value, the others as they are",
        "各キーの最小値と最大値（他は固定）",
    ),
    "how_thirds": (
        "means over the lowest and the highest third of each key",
        "各キーの下位3分の1と上位3分の1の平均",
    ),
    "nothing_swept": ("no key with several numbers was swept.", "複数の数値をとるキーがない。"),
    "engines": ("The two engines", "2つのエンジンの一致"),
    "engines_lead": (
        "The largest gap between expected numbers (stocks) and people one by one (individuals), "
        "whose outcome has chance in it; some gap is no fault.",
        "期待値（ストック）と個人を一人ずつ追った結果との最大の差。後者には偶然が含まれ、多少の差は誤りではない。",
    ),
    "one_engine": (
        "this result is of one engine (engine=both has two).",
        "この結果は1つのエンジンのみ（engine=bothで2つ）。",
    ),
    "stocks": ("Stocks", "ストック"),
    "individuals": ("Individuals", "個人"),
    "gap": ("Gap", "差"),
    "levers": ("Levers", "政策手段の一覧"),
    "levers_lead": (
        "Every lever of the model: its value on 1 April as the law stands and, where a scenario "
        "changes it, there. Sources are in the language they were written in.",
        "モデルの全ての政策手段：現行制度の下での4月1日の値と、シナリオが変える場合はその値。出典は原文のまま。",
    ),
    "levers_law_only": (
        "This result has no levers by year, so the law alone is listed.",
        "この結果は政策手段の値を含まないため、現行制度のみを示す。",
    ),
    "levers_table": ("Values by year", "年別の値"),
    "levers_sources": ("Where values, prices and effects are from", "値・単価・効果の根拠"),
    "price_payer": ("Price of one unit, payer", "単価・負担者"),
    "effect_evidence": ("What the size of its effect rests on", "効果の大きさの根拠"),
    "kind_derived": ("derived", "計算"),
    "kind_definition": ("definition", "定義"),
    "millions": ("{0} to {1} million yen", "{0}～{1}百万円"),
    "effects": ("What the policies change, year by year", "政策による差の推移"),
    "effects_lead": (
        "Each scenario less “{0}”, draw by draw: the shaded range holds 90 % of the parameter sets "
        "on average. No middle line is drawn: the size of these effects rests in part on "
        "assumptions.",
        "各シナリオから「{0}」を引いた差（パラメータの組ごと）。網掛けは平均して90％の組を含む。"
        "効果の大きさは一部仮定に基づくため、中央の線は描かない。",
    ),
    "change_told": ("{0}, {1}: {2}.", "{0}（{1}年）：{2}。"),
    "effects_title": ("{0}: change", "{0}：差"),
    "no_effects": (
        "changes by year are shown as ranges, which need several scenarios and draws of the "
        "parameters.",
        "差の推移は幅で示すため、複数のシナリオとパラメータの組が必要。",
    ),
    "unit": ("Unit", "単位"),
    "under": ("Under", "区分"),
    "law": ("law", "現行制度"),
    "of_scenario": ("the scenario", "シナリオ"),
    "source": ("Source", "出典"),
    "price": ("{0} yen, {1}: {2}", "{0}円、{1}：{2}"),
    "evidence_of": ("{0} ({1})", "{0}（{1}）"),
    "assumptions": ("Assumptions", "前提の一覧"),
    "assumptions_lead": (
        "Every parameter of the model and every assumption of its start. “Identified” is the "
        "part of the prior variance that the record has removed; what is not fitted rests on its "
        "prior. Sources stay in the language they were published or written in.",
        "モデルの全パラメータと初期状態の全前提。「識別度」は実績が事前分散のうち取り除いた割合。"
        "推定しないものは事前分布に基づく。出典は公表・記述された言語のまま示す。",
    ),
    "of_field": ("{1}: {0}", "{1}：{0}"),
    "field_humanities_social": ("humanities and social sciences", "人文・社会科学"),
    "field_science": ("science", "理学"),
    "field_engineering": ("engineering", "工学"),
    "field_agriculture": ("agriculture", "農学"),
    "field_health": ("health", "保健"),
    "field_other": ("other fields", "その他"),
    "parameters": ("Parameters", "パラメータ"),
    "parameter": ("Parameter", "パラメータ"),
    "value": ("Value", "値"),
    "prior": ("Prior, 90 %", "事前（90％）"),
    "posterior": ("Draws, 90 %", "事後（90％）"),
    "identified": ("Identified", "識別度"),
    "not_fitted": ("not fitted", "推定せず"),
    "hardly": ("hardly: {0} %", "ほぼ不可：{0} %"),
    "kind": ("Kind", "種別"),
    "kind_observed": ("observed", "実測"),
    "kind_fitted": ("fitted", "推定"),
    "kind_assumption": ("assumption", "仮定"),
    "beyond": (
        "* at or beyond the 90 % range of its prior.",
        "* 事前分布の90％範囲の端または外。",
    ),
    "start": ("Start population {0} and other assumptions", "{0}年の初期人口とその他の前提"),
    "assumption": ("Assumption", "前提"),
    "range_of": ("Range", "範囲"),
    "posterior_title": ("Fitted parameters: prior and posterior", "推定パラメータ：事前と事後"),
    "posterior_lead": (
        "What was thought of each fitted parameter before the record was seen (prior) and what is "
        "left after it (posterior), as ranges of 90 %. Where both are alike, the record says "
        "nothing of it.",
        "推定した各パラメータについて、実績を見る前（事前）と見た後（事後）の90％範囲。"
        "両者がほぼ同じなら、実績からは分からない。",
    ),
    "posterior_of": ("{0}, {1} of {2}", "{0}（{1}／{2}）"),
    "block_doctoral": ("Doctoral study", "博士課程"),
    "block_faculty": ("Faculty", "教員"),
    "posterior_caption": (
        "Each on the scale of its own prior: from the low to the high end of its 90 % range. What "
        "lies further out is cut at the edge. Values and units are in the table.",
        "各パラメータの事前90％範囲の下端から上端を共通の目盛りとした。外れた分は端で切る。値と単位は表を参照。",
    ),
    "prior_low": ("prior, low end", "事前の下端"),
    "prior_high": ("prior, high end", "事前の上端"),
    "posterior_told": ("{0}: {1} before, {2} after.", "{0}：事前{1}、事後{2}。"),
    "chains": (
        "Convergence: the largest r-hat is {0} (1 where all chains agree; {2} of {3} parameters "
        "are above {4}), the least number of effective draws {1}.",
        "収束：r-hatの最大は{0}（全連鎖が一致すれば1。{4}を超えるものは{3}個中{2}個）、有効標本数の最小は{1}。",
    ),
    "chains_note": ("* r-hat above {0}.", "* r-hatが{0}を超えるもの。"),
    "r_hat": ("r-hat", "r-hat"),
    "effective": ("Effective draws", "有効標本数"),
    "expected": ("Where nine tenths were to be expected", "90％の予測範囲"),
    "series_caption": (
        "{0} to {1}; persons, people per year or a ratio, as the series is counted.",
        "{0}～{1}年。単位は系列により人、人／年または比。",
    ),
    "series_told": (
        "{0} of {1} counts lie where nine tenths were to be expected.",
        "実績{1}個のうち{0}個が90％の予測範囲内。",
    ),
    "fit": ("The record and the fit", "実績と当てはめ"),
    "fit_lead": (
        "Every number of the record that the parameters were fitted to, and the model's.",
        "パラメータの推定に用いた全ての実績値とモデルの値。",
    ),
    "fit_inside": (
        "{0} of {1} lie where nine tenths were to be expected.",
        "{1}個のうち{0}個が90％の予測範囲内。",
    ),
    "series": ("Series", "系列"),
    "what": ("What", "内容"),
    "record": ("Record", "実績"),
    "standardized_residual": ("Residual, in standard deviations", "残差（標準偏差単位）"),
    "inside": ("Inside", "範囲内"),
    "provenance": ("Where this comes from", "出所と再現方法"),
    "command": ("This page is made again by:", "このページは次で再現できる："),
    "targets": ("Targets and their sources", "目標とその出典"),
    "the_target": ("Target", "目標"),
    "address": ("Address", "所在"),
    "no_scenarios": (
        "this result has no runs of scenarios.",
        "この結果にはシナリオの計算が含まれない。",
    ),
}

#: Units as lists name them; another is shown as it is.
UNITS = {
    "persons": "人",
    "persons per year": "人／年",
    "yen per year": "円／年",
    "share": "割合",
    "ratio": "比",
    "years": "年",
    "share per year": "割合／年",
    "years per year": "年／年",
    "1/year per year": "1／年²",
    "probability": "確率",
    "1": "（無次元）",
    "1/year": "1／年",
    "per year": "／年",
    "schools": "校",
}

#: What the parameters were fitted to, as residuals.csv names it.
FITTED_TO = {
    "degrees": ("Doctorates", "博士号取得者"),
    "degrees by field": ("Doctorates by field", "分野別の博士号取得者"),
    "enrolment": ("Doctoral enrolment", "博士課程在学者"),
    "enrolment by origin": ("Doctoral enrolment by origin", "博士課程在学者（区分別）"),
    "national": ("Faculty of national universities", "国立大学教員"),
    "all universities": ("Faculty of all universities, share by age", "全大学教員の年齢構成"),
    "hires": ("Faculty hires", "教員採用"),
    "hires by age": ("Faculty hires by age", "年齢別の教員採用"),
    "exit rates": ("Exit rates of faculty", "教員の離職率"),
    "completers": ("Completers of doctoral study", "博士課程修了者"),
    "withdrawals": ("Completers without a degree", "満期退学者"),
    "ledger": ("Hires in the base year", "基準年の採用"),
    "scale": ("Scale", "規模"),
    "all": ("all", "全体"),
    "all fields": ("all fields", "全分野"),
    "humanities_social": ("humanities and social sciences", "人文・社会科学"),
    "science": ("science", "理学"),
    "engineering": ("engineering", "工学"),
    "agriculture": ("agriculture", "農学"),
    "health": ("health", "保健"),
    "other": ("other fields", "その他"),
    "permanent <40": ("permanent, under 40", "無期雇用、40歳未満"),
    "permanent >=40": ("permanent, 40 and over", "無期雇用、40歳以上"),
    "fixed_term <40": ("fixed-term, under 40", "任期付、40歳未満"),
    "fixed_term >=40": ("fixed-term, 40 and over", "任期付、40歳以上"),
    "25-39": ("25 to 39", "25～39歳"),
    "40-49": ("40 to 49", "40～49歳"),
    "50-59": ("50 to 59", "50～59歳"),
    ">=60": ("60 and over", "60歳以上"),
    "from outside faculty": ("from outside faculty", "教員以外からの採用"),
    "without a degree": ("without a degree", "学位なし"),
    "working": ("working adults", "社会人"),
    "international": ("students from abroad", "留学生"),
    "start population (ratio)": ("start population (ratio)", "初期人口（比）"),
    "yes": ("yes", "はい"),
    "no": ("no", "いいえ"),
    **{
        f"{source} to {kind}_{where}": (f"{of} to {post}, {at}", f"{ja}→{post_ja}（{at_ja}）")
        for source, of, ja in (
            ("postdocs", "postdocs", "ポストドクター"),
            ("outside", "from outside", "モデル外"),
            ("new doctorates", "new doctorate holders", "新規博士号取得者"),
            ("all", "all", "全体"),
        )
        for kind, post, post_ja in (
            ("permanent", "permanent posts", "無期雇用ポスト"),
            ("fixed_term", "fixed-term posts", "任期付ポスト"),
        )
        for where, at, at_ja in (
            ("national", "national universities", "国立大学"),
            ("other", "other universities", "国立以外の大学"),
        )
    },
}
