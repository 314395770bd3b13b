"""What the explorer says, in English and Japanese."""

from __future__ import annotations

WORDS = {
    "title": ("Policy explorer", "政策エクスプローラー"),
    "about": (
        "Stock engine, {0} parameters. Policies act from 1 April {1}{2}; university posts: {3}. "
        "Lines: the one parameter set. Shaded: nine tenths of {4} parameter sets. Sizes of effects "
        "rest in part on assumptions alone: read the range, not the line.",
        "ストックエンジン、パラメータ：{0}。政策は{1}年4月1日から{2}。大学教員ポスト：{3}。"
        "線は1組のパラメータ、帯は{4}組の9割の幅。"
        "効果の大きさは一部仮定のみによるため、線ではなく幅で読むこと。",
    ),
    "about_no_range": (
        "Stock engine, {0} parameters. Policies act from 1 April {1}{2}; university posts: {3}. "
        "No range is computed: do not read the size of an effect off these lines.",
        "ストックエンジン、パラメータ：{0}。政策は{1}年4月1日から{2}。大学教員ポスト：{3}。"
        "幅は計算しない。この線から効果の大きさを読まないこと。",
    ),
    "ramp": (", in a line over {0} years", "（{0}年かけて直線的に）"),
    "posts_flat": ("as many as today", "現状維持"),
    "posts_damped_trend": ("on a fading trend", "減衰トレンド"),
    "posts_openings": ("from hire totals that persist", "採用総数を維持"),
    "language": ("日本語", "English"),
    "policy": ("Policy", "政策"),
    "compared": ("Policies", "政策"),
    "add": ("Add a policy (a copy)", "政策を追加（複製）"),
    "remove": ("Remove it", "削除"),
    "begin": ("Begin with a scenario", "シナリオから始める"),
    "begin_none": ("– choose –", "– 選択 –"),
    "law": ("law", "現行制度"),
    "today": ("today {0}", "現状 {0}"),
    "will_be": ("law: {0}", "現行制度：{0}"),
    "to_law": ("back to the law", "現行制度に戻す"),
    "exact": ("exact value", "値を入力"),
    "by_year": ("values by year", "年別の値"),
    "by_year_example": ("{0}: value, {1}: value", "{0}: 値, {1}: 値"),
    "source": ("Source", "出典"),
    "unit": ("Unit", "単位"),
    "range": ("Allowed", "範囲"),
    "key": ("Key", "キー"),
    "price": ("Price", "単価"),
    "price_each": (
        "{0:,.0f} yen a year for one, paid by: {1}",
        "1単位当たり年{0:,.0f}円、負担：{1}",
    ),
    "evidence": ("Size of the effect", "効果の大きさの根拠"),
    "moved": ("{0} moved", "{0}件変更"),
    "computing": ("computing …", "計算中…"),
    "drawn": ("up to date", "最新"),
    "pending": ("range pending: {0} of {1} parameter sets", "幅を計算中：{1}組中{0}組"),
    "pending_short": ("pending", "計算中"),
    "range_of": ("range of {0} parameter sets", "{0}組の幅"),
    "no_range": ("no range", "幅なし"),
    "refused": ("not drawn: {0}", "描画せず：{0}"),
    "indicator": ("Indicator", "指標"),
    "change": ("change", "差"),
    "year": ("Year of the table", "表の年"),
    "table_about": (
        "{0}. Value, then its range; change against the law, parameter set by parameter set. "
        "A change that no parameter moves is one number.",
        "{0}年。上段は値、次に幅。差は現行制度との差（パラメータの組ごと）。"
        "パラメータによらない差は1つの数で示す。",
    ),
    "target": ("target {0} ({1})", "目標 {0}（{1}年）"),
    "chart_years": ("year", "年"),
    "save": ("Save this policy", "この政策を保存"),
    "save_name": ("File name (letters, digits, _ and -)", "ファイル名（英数字、_、-）"),
    "save_en": ("Title in English", "英語の題名"),
    "save_ja": ("Title in Japanese", "日本語の題名"),
    "save_replace": ("replace a file of this name", "同名のファイルを置き換える"),
    "saved": ("Saved: {0}. Run it with:", "保存しました：{0}。実行コマンド："),
    "replaced": ("Replaced: {0}. Run it with:", "置き換えました：{0}。実行コマンド："),
    "not_saved": ("Not saved: {0}", "保存していません：{0}"),
    "report": ("Report on these policies", "これらの政策の報告書"),
    "no_report_tools": (
        "The report needs more packages: pip install 'stsim[report]'",
        "報告書には追加パッケージが必要です：pip install 'stsim[report]'",
    ),
    "reporting": ("Writing the report …", "報告書を作成中…"),
    "reported": ("Open the report", "報告書を開く"),
    "not_reported": ("No report: {0}", "報告書なし：{0}"),
    "made": ("Made with job=explore: {0}.", "job=exploreで作成：{0}。"),
    "made_law": ("the law as it stands", "現行制度のまま"),
    "own_title": ("Policy {0}", "政策{0}"),
    "from_to": ("{0}: {1} → {2}", "{0}：{1}→{2}"),
}  # fmt: skip
#: Units of levers in Japanese.
UNITS_JA = {
    "persons": "人", "persons per year": "人／年", "yen per year": "円／年", "share": "割合",
    "ratio": "倍率", "years": "年", "1/year": "年率", "schools": "校",
}  # fmt: skip
PAYERS_JA = {"state": "国", "university": "大学", "firm": "企業"}
LANGUAGES = ("en", "ja")


def word(key: str, language: str, *parts: object) -> str:
    """A text in the language asked for, its gaps filled."""
    return WORDS[key][LANGUAGES.index(language)].format(*parts)


def unit_of(lever_unit: str, language: str) -> str:
    """The unit of a lever in the language asked for."""
    return UNITS_JA[lever_unit] if language == "ja" else lever_unit


def payer(who: str, language: str) -> str:
    """Who pays, in the language asked for."""
    return PAYERS_JA[who] if language == "ja" else who
