"""The words of the command line in English and Japanese."""

from __future__ import annotations

WORDS = {
    "stocks": ("expected numbers", "期待値"),
    "individuals": ("people one by one", "個人単位"),
    "made_alike": (
        "Made by this version of the package, from the same data, with the same libraries.",
        "このパッケージと同じ版・同じデータ・同じライブラリによる結果。",
    ),
    "made_otherwise": (
        "Made otherwise than here (then, now):", "作成時と現在で異なるもの（作成時、現在）："
    ),
    "check_identical": ("identical", "一致"),
    "check_close": ("same numbers to 1e-9", "数値は1e-9まで一致"),
    "check_differs": ("differs", "相違"),
    "check_missing": ("missing", "欠落"),
    "check_added": ("not made again", "再現されず"),
    "again_identical": ("{}: identical, {:.1f} s", "{}：完全に一致、{:.1f}秒"),
    "again_same": (
        "{}: the same numbers to 1e-9, not the same bytes, {:.1f} s",
        "{}：数値は1e-9まで一致（バイト列は異なる）、{:.1f}秒",
    ),
    "again_differs": ("{}: differs, {:.1f} s", "{}：相違あり、{:.1f}秒"),
    "cause_code": ("code", "コード"),
    "cause_data": ("data", "データ"),
    "cause_parameters": ("parameters", "パラメータ"),
    "cause_policy": ("policy", "政策"),
    "cause_future": ("future of posts", "ポストの想定"),
    "cause_chance": ("chance", "偶然"),
    "nothing_changed": ("The headline numbers do not differ.", "主要指標に差はない。"),
    "data_not_kept": (
        "The data of a run are not this version's and were not kept with it: their part is in "
        "the code's.",
        "結果のデータが現在の版と異なり、結果とともに保存されていないため、その寄与はコードに含まれる。",
    ),
    "changes_are": (
        "Code: each run made again by this version, at both ends. The other causes: what each "
        "adds, averaged over all orders (Shapley values). Together they are b − a. Ranges of the "
        "results are not split. {:.1f} s",
        "コード：両方の結果をこの版で計算し直した差。その他：各要因の寄与を全ての順序で平均"
        "（シャープレイ値）。合計は b − a に等しい。結果の幅は分解しない。{:.1f}秒",
    ),
    "indicator": ("Indicator", "指標"),
    "baseline": ("baseline", "現行"),
    "change": ("change", "差"),
    "target": ("Target", "目標"),
    "met": ("met", "達成"),
    "missed": ("missed", "未達"),
    "took": (
        "runs: {0}, {1:.1f} s (engine: {2}, posts: {3})",
        "{0}件の計算 {1:.1f}秒（エンジン: {2}、ポスト: {3}）",
    ),
    "scaled_to": (
        "Levers with a price are scaled from the law to {0} yen in the dearest year "
        "(policy.budget_yen_per_year).",
        "費用のかかる政策手段を現行からの差の比例で、最も費用の大きい年に{0}円となるよう調整"
        "（policy.budget_yen_per_year）。",
    ),
    "bill": (
        "Beyond the baseline in {0}, yen a year / committed until awards and appointments end "
        "(FY2024 yen, not discounted): {1}; {2}; {3}.",
        "現行との差（{0}年、年間費用／採用・任用の終わりまでの費用、2024年度価格の円、割引なし）："
        "{1}。{2}。{3}。",
    ),
    "no_cost": (
        "No cost beyond the baseline in {0} (levers without a price are not free of effort).",
        "{0}年の現行に対する追加費用はない（単価のない政策手段の労力は含まない）。",
    ),
    "payer_state": ("state", "国"),
    "payer_university": ("universities", "大学"),
    "payer_firm": ("firms", "企業"),
    "lever_adds": ("Adds in {0}", "{0}年の寄与"),
    "package": ("the package", "全体"),
    "attributed": (
        "What each lever adds, averaged over all orders in which they could be laid on one another "
        "(Shapley); the values sum to the package.",
        "各手段の寄与（重ねる順序すべての平均、シャープレイ値）。合計は全体の効果に一致する。",
    ),
    "attributed_all": (
        "All {0} combinations were run ({1:.1f} s).",
        "{0}通りの組合せをすべて計算（{1:.1f}秒）。",
    ),
    "attributed_drawn": (
        "± one standard error, where it shows: {2} orders and their reverses were drawn, {0} runs "
        "({1:.1f} s).",
        "±は標準誤差（表示桁に現れる場合のみ）：無作為に選んだ{2}通りの順序とその逆順、{0}件の計算（{1:.1f}秒）。",
    ),
    "compared": (
        "{0}: change against the baseline, median and {1} % range over {2} parameter sets, set by "
        "set ({3:.1f} s)",
        "{0}年：現行との差、{2}組のパラメータの中央値と{1}％の幅（組ごとの差、{3:.1f}秒）",
    ),
    "annual_cost": ("Cost, yen a year", "年間費用（円）"),
    "committed_cost": ("Committed, yen", "採用・任用期間全体の費用（円）"),
    "per_unit": (
        "Yen a year for one more (shares: one percentage point more), median and range; – where the"
        " range includes no effect, it is an effect the other way, or nothing is spent",
        "1単位（割合は1ポイント）増やすのに要する年間費用（円）、中央値と幅。"
        "効果の幅が0を含む場合、逆の効果の場合、費用がない場合は–",
    ),
    "evidence": ("Size of its effect", "効果の大きさの根拠"),
    "million": ("m", "百万"),
    "first_met": ("first met: {0}", "初めて達成：{0}"),
    "never_met": ("not by {0}", "{0}年までなし"),
    "in_draws": ("(in {0} of {1} draws)", "（{1}組中{0}組で達成）"),
    "by_draws": ("(in {0} of {1} draws by {2})", "（{2}年までに{1}組中{0}組で達成）"),
    "gap": (
        "Careers are those of people one by one, a single outcome of chance; all else is expected "
        "numbers (stocks). The two engines are at most {0} apart: {1}, {2}, {3}.",
        "経歴の指標は個人エンジンによる1回の確率的な実現値、その他は期待値。"
        "2つのエンジンの差は最大{0}：{1}、{2}年、{3}。",
    ),
    "no_range": (
        "{0} parameters, no range: an effect here is as sure as the assumptions behind it "
        "(job=assumptions).",
        "パラメータ{0}のみの結果で幅は示していない。"
        "効果の確かさは前提（job=assumptions）に依存する。",
    ),
    "no_draws": (
        "{0} parameters, which have no draws and so no range (params=fitted has): an effect here "
        "is as sure as the assumptions behind it (job=assumptions).",
        "パラメータ{0}には抽出された組がなく、幅は示せない（params=fittedで可能）。"
        "効果の確かさは前提（job=assumptions）に依存する。",
    ),
    "nine_tenths": ("90 %", "90％"),
    "ranges": (
        "90 %: the stock engine with {0} parameter sets, the change set by set. Nine times in ten "
        "a range from so many holds between {1} and {2} % of all sets; draws=N runs more.",
        "90％：{0}組のパラメータによるストックエンジンの結果の幅（差は組ごと）。"
        "この数の組による幅が全体に占める割合は90％の確率で{1}～{2}％。draws=Nで組を増やせる。",
    ),
    "ranges_note": (
        "Parameters only, from the fit and the priors (job=assumptions): no chance, no other future"
        " of posts, the start population as it is; whether they are wide enough is tested on small "
        "models only (docs/hindcast.md).",
        "幅は推定と事前分布によるパラメータの不確実性のみ（job=assumptions）。偶然、ポストの将来、"
        "初期人口の不確実性は含まず、幅の検証は小モデルについてのみ（docs/hindcast.md）。",
    ),
    "on_priors": (
        "{0} of {1} parameters rest on their priors alone: no record moves them, and sizes of "
        "behaviour are among them (job=assumptions).",
        "パラメータ{1}個のうち{0}個は事前分布のみに基づき、実績では動かない。"
        "行動の大きさもこれに含まれる（job=assumptions）。",
    ),
    "moving": (
        " Of these the change in {0}, {1}, follows most (rank correlation): {2}.",
        "このうち「{0}」（{1}年）の差が最も従うもの（順位相関）：{2}。",
    ),
    "of_draws": ("90 % of the draws", "事後の90％範囲"),
    "before": ("before", "推定前"),
    "after": ("after", "推定後"),
    "prior_range": ("90 % of the prior", "事前分布の90％範囲"),
    "identified": ("identified", "識別度"),
    "effective": (
        "{0}: {1} draws, of each parameter worth at least {2:.0f} independent ones; R-hat at most "
        "{3:.3f}; {4:.0%} of moves accepted; mean squared residual {5:.2f}, at least 1",
        "{0}：標本{1}組（有効標本数は各パラメータ{2:.0f}以上、R-hatは{3:.3f}以下、採択率{4:.0%}、"
        "平均二乗残差{5:.2f}（下限1））",
    ),
    "news": (
        "Numbers of the record that the last fit did not have, or had otherwise: {0}",
        "前回の推定以降に追加・変更された実績値：{0}件",
    ),
    "last_fit": ("Last fit", "前回"),
    "headlines": (
        "The law as it stands in {0}, with the parameters before and after",
        "{0}年の現行制度での主要指標（推定前後のパラメータ）",
    ),
    "unmoved": (
        "The record removes less than {0:.0%} of the prior variance of: {1}",
        "データが事前分散の{0:.0%}未満しか減らさないパラメータ：{1}",
    ),
    "took_refit": (
        "written to conf/params: fitted.yaml, draws.csv, fit.csv, residuals.csv ({0:.1f} minutes)",
        "conf/paramsのfitted.yaml、draws.csv、fit.csv、residuals.csvを更新（{0:.1f}分）",
    ),
    "lever": ("Lever", "政策手段"),
    "unit": ("Unit", "単位"),
    "range": ("Allowed", "範囲"),
    "today": ("Today", "現行値"),
    "took_sweep": ("points: {0}, {1:.1f} s", "{0}点の計算 {1:.1f}秒"),
    "failed": ("failed", "失敗"),
    "budget": (
        "Where the uncertainty in {1} comes from: {0}; percent of the variance ± standard error",
        "{1}年の不確実性の内訳：{0}（分散に占める割合（％）±標準誤差）",
    ),
    "deviation": ("Std. dev.", "標準偏差"),
    "part_fitted": ("fitted", "推定値"),
    "part_priors": ("priors alone", "事前分布のみ"),
    "part_posts": ("posts", "ポスト"),
    "part_futures": ("futures", "外部環境"),
    "part_interactions": ("together", "交互作用"),
    "part_chance": ("chance", "偶然"),
    "part_engine": ("engine", "エンジン"),
    "budget_note": (
        "fitted, priors alone: parameters. posts: flat, damped_trend and openings, each as likely "
        "as the others (assumption). futures: {0}. together: what these do only together. "
        "Left out: the start population, other projections of the population, and whether the "
        "rules are right. Estimates of nothing come out on either side of zero.",
        "推定値・事前分布のみ：パラメータ。ポスト：3種を等確率と仮定。外部環境：{0}。"
        "交互作用：組み合わさって初めて生じる分。初期人口、他の人口推計、規則自体の誤りは含まない。"
        "0の推定値は正負いずれにもなる。",
    ),
    "budget_rests": (
        "{0} base rows, {1} of them dropped for a failed run; {2} outcomes of chance; {3:.0f} s",
        "基本行{0}（うち失敗により除外{1}）、確率的な実現{2}回、{3:.0f}秒",
    ),
    "information": (
        "What it is worth to know a parameter before choosing a policy, measured by: {0}, {1}",
        "政策選択の前にパラメータを知ることの価値（指標：{0}、{1}年）",
    ),
    "policy": ("Policy", "政策"),
    "mean_of_draws": ("Mean of all sets", "全組の平均"),
    "beside_chosen": ("Beside the best", "最良との差"),
    "is_best": ("Best in", "最良の割合"),
    "worth_knowing": ("Worth", "価値"),
    "switches": ("Best differs", "最良が変わる割合"),
    "best_low": ("Best in its low third", "下位3分の1で最良"),
    "best_high": ("Best in its high third", "上位3分の1で最良"),
    "all_of_them": ("all of them", "すべて"),
    "clear": (
        "Worth: what choosing by it adds to the mean result. {0} of {1} parameters are worth more "
        "than {2}, which one that does nothing passes once in twenty such lists, and are shown; "
        "one that does nothing lets the best differ by up to {3:.0f} %. All: information.csv",
        "価値は、それを知って選ぶことによる平均結果の改善。{1}個中、無関係なパラメータが"
        "（一覧20回に1回）超える{2}を上回る{0}個を表示。無関係でも最良は{3:.0f}％まで変わりうる。"
        "全結果はinformation.csv",
    ),
    "none_clear": (
        "Worth: what choosing by it adds to the mean result. {0} of {1} parameters are worth more "
        "than {2}, which one that does nothing passes once in twenty such lists: none alone is "
        "clearly worth knowing (the first are shown; one that does nothing lets the best differ "
        "by up to {3:.0f} %). All: information.csv",
        "価値は、それを知って選ぶことによる平均結果の改善。{1}個中、無関係なパラメータが"
        "（一覧20回に1回）超える{2}を上回るものは{0}個で、単独で知る価値が明らかなものはない"
        "（上位のみ表示。無関係でも最良は{3:.0f}％まで変わりうる）。全結果はinformation.csv",
    ),
    "information_rests": (
        "{0} parameter sets, {1} of them dropped for a failed run; {2} policies; {3:.0f} s",
        "パラメータ{0}組（うち失敗により除外{1}）、政策{2}件、{3:.0f}秒",
    ),
    "sobol": (
        "Share of the variance in {0} that is left while one key alone is unknown (Sobol's total "
        "index, percent ± standard error; {1} base rows, {2} dropped for failed runs); first-order "
        "ones and all years: sensitivity.csv",
        "{0}年の分散のうち当該項目のみが未知のとき残る割合（ソボルの全次数指標、％±標準誤差、"
        "基本行{1}、失敗による除外{2}）。1次指標と全年次はsensitivity.csvに記載",
    ),
    "morris": (
        "Mean absolute effect in {0} of a key over its whole interval (Morris's mu*; {1} "
        "trajectories, {2} dropped for a failed run); sigma, standard errors and all years: "
        "sensitivity.csv",
        "{0}年の各項目の区間全体にわたる平均絶対効果（モリスのμ*、軌跡{1}、"
        "失敗による除外{2}）。σ、標準誤差、全年次はsensitivity.csvに記載",
    ),
    "failed_because": ("{0} runs failed: {1}", "{0}件の計算が失敗：{1}"),
    "in_year": ("Headline indicators in {0}, point by point", "{0}年の主要指標（計算点ごと）"),
    "more_points": ("and {0} more points in summary.csv", "ほか{0}点はsummary.csvに記載"),
    "never": ("not in force by {1}: it would begin in {0}", "{1}年までに発効しない（{0}年開始）"),
    "in_a_line": (
        "{1} in {0} to {3} in {2} in a line, then {3}",
        "{0}年の{1}から{2}年の{3}まで直線的に変化、以後{3}",
    ),
    "price": ("Price, payer", "単価・負担者"),
    "price_source": ("price", "単価"),
    "price_note": (
        "Price: yearly public cost of one unit, in yen of FY2024; – has no price of its own.",
        "単価は1単位当たりの年間公費（2024年度価格、円）。「–」は固有の単価なし。",
    ),
    "source": ("Source", "出典"),
    "value": ("Value", "値"),
    "kind": ("Kind", "種類"),
    "year": ("Year", "年度"),
    "record": ("Record", "実績"),
    "model": ("Model", "モデル"),
    "error": ("Error", "誤差"),
    "largest": ("largest error", "最大誤差"),
    "beyond": (
        "* outside the 90 % range of its prior: the record pulls it there, or it stands for "
        "something the model leaves out",
        "* 事前分布の90％範囲の外。実績への当てはめの結果か、モデルに含まれない要因を代理している",
    ),
    "start": ("Start of", "初期人口"),
    "parameters": ("Parameters", "パラメータ"),
    "other_assumptions": ("Other assumptions", "その他の仮定"),
    "ledger": ("Base-year ledger", "基準年度の人数収支表"),
    "weights": (
        "Weights in the markets: hires per candidate in the base year (from the ledger)",
        "採用の重み：基準年度の候補者1人当たり採用数（収支表から計算）",
    ),
    "market": ("Market", "採用市場"),
    "candidates": ("Candidates", "候補者"),
    "outside_share": ("share hired from outside the model", "モデル外からの採用割合"),
    "not_counted": (
        "~ an estimate or an assumption, not a count: exit rates of FY2022 are from a fit "
        "(docs/decisions/0005), ledger rows are marked there",
        "~ 実測ではなく推計または仮定"
        "（2022年度の離職率は当てはめの結果、収支表の各行は同表に注記）",
    ),
    "name": ("Name", "名称"),
    "forecast": ("Forecast", "予測"),
    "inside80": ("inside 80 %", "80％範囲内"),
    "inside90": ("inside 90 %", "90％範囲内"),
    "crps": ("CRPS, %", "CRPS（％）"),
    "from_cut": (
        "[bold]{0}: forecast from what was known in {1}[/bold], median and middle 80 %",
        "[bold]{0}：{1}年までの情報による予測[/bold]（中央値と中央80％範囲）",
    ),
    "hindcast_note": (
        "Forecasts by small models of the same structure, fitted to what was known then only; "
        "docs/hindcast.md has all cuts, docs/identification.md what the data can and cannot say.",
        "予測は同じ構造の小モデルを区切り年までのデータのみに当てはめたもの。"
        "全結果はdocs/hindcast.md、識別可能性はdocs/identification.md。",
    ),
    "bars": ("What was asked of fit and forecasts, and what they reach", "求められた基準と到達値"),
    "bars_held": ("{0} of {1} hold", "{1}項目中{0}項目が基準内"),
    "part": ("Part", "部分"),
    "what": ("What", "内容"),
    "asked": ("asked", "基準"),
    "measured": ("measured", "到達値"),
    "within_budget": ("Within {} a year", "年間{}以内で"),
    "sought_met": (
        "Can be reached with these levers; with {} of {} draws of the parameters too.",
        "この政策手段で達成できます（パラメータ{1}組のうち{0}組でも）。",
    ),
    "sought_not_met": (
        "Cannot be reached with these levers (with {} of {} draws it can). The nearest setting:",
        "この政策手段では達成できません（パラメータ{1}組のうち{0}組では達成）。最も近い設定：",
    ),
    "sought_setting": ("Setting", "設定"),
    "sought_range": ("Middle 80 % of draws", "パラメータの中央80％"),
    "sought_interval": ("Asked between", "探索範囲"),
    "sought_cost": ("Cost beyond the law, dearest year", "現行制度を超える費用（最大の年）"),
    "sought_budget": ("With a budget of", "予算"),
    "sought_attained": ("Futures in which all is met", "達成される将来の割合"),
    "sought_regret": ("Largest regret", "最大の後悔"),
    "sought_futures": (
        "All is met in {} of {} futures (draws of the parameters × variants of posts).",
        "{1}通りの将来（パラメータ×ポストの想定）のうち{0}で達成。",
    ),
    "sought_fails": (
        "It fails above all where {} (in {} of those futures, which are {} of all failures).",
        "達成されないのは主に {} の場合（その将来の{}で未達、未達全体の{}）。",
    ),
    "not_so": ("not {}", "{}以外"),
    "sought_took": ("{:.0f} s", "{:.0f}秒"),
    "reported": ("{}: {:.1f} MB, {:.1f} s", "{}：{:.1f} MB、{:.1f}秒"),
    "sought_title": ("An answer of job=seek", "job=seek の解"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """A word in the language asked for."""
    english, japanese = WORDS[key]
    return japanese if language == "ja" else english
