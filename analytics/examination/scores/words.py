"""What is to be known of scores, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from cim.analytics.examination.scores.score import Scores

_LEFT_OUT: Mapping[str, tuple[str, str]] = {
    "no_standard": ("没有规定标准", "no standard is set"),
    "prescreened": ("登记数据预筛，多数单元待核查", "pre-screened from registers, and not surveyed in most units"),
    "too_much_missing": ("半数以上单元缺数据", "more than half of the units lack it"),
    "all_equal": ("各单元相同，不能区分", "the same everywhere: it tells nothing apart"),
}


def explained(found: Scores, language: str = "en") -> list[str]:
    """Return how scores came about and how far they can be relied on, a line each."""
    chinese = language.startswith("zh")
    scored = found.table["score"].notna()
    width = (found.table["rank_high"] - found.table["rank_low"])[scored].median()
    lines = [
        f"按 {found.draws} 组权重（Dirichlet 抽样，平均权重的相对标准差 {found.spread:g}，种子 {found.seed}）计算名次；"
        f"半数单元的名次区间（5%–95%）宽于 {width:.0f} 位；"
        f"末 {found.worst} 名中有 {found.settled_worst} 个在 95% 的权重下都在末位。"
        if chinese
        else f"Ranks over {found.draws} weightings (Dirichlet, relative deviation {found.spread:g} of an average "
        f"weight, seed {found.seed}): half of the intervals (5 % to 95 %) are wider than {width:.0f}; of the worst "
        f"{found.worst}, {found.settled_worst} are so in 95 % of the weightings.",
        f"综合得分只作参考：以达标评级为准。共 {len(found.weights)} 项指标参与。"
        if chinese
        else f"A score stands beside the grades, not above them; {len(found.weights)} indicators count.",
    ]
    if found.consistency_ratio is not None:
        name = "一致性比率" if chinese else "Consistency ratio of the judgements"
        lines.append(f"{name} {found.consistency_ratio:.3f}")
    for reason in dict.fromkeys(found.left_out.values()):
        codes = ", ".join(code for code, why in found.left_out.items() if why == reason)
        lines.append(f"{codes}: {_LEFT_OUT[reason][0 if chinese else 1]}")
    return lines
