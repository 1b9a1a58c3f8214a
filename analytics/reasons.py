"""Why something was left out or limits a value: stable codes in the database, sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cim.analytics.examination.sentences import SENTENCES
from cim.analytics.network.hydraulics.sentences import HYDRAULICS
from cim.analytics.network.sentences import UNDERGROUND

_SENTENCES: Mapping[str, tuple[str, str]] = {
    # Networks: what the graph or the answer could not use.
    "segment_not_in_use": ("abandoned or planned: not part of the network", "已废弃或规划中，不属于现状网络"),
    "segment_without_nodes": ("start or end node unknown: cannot be connected", "缺少起点或终点，无法连接"),
    "segment_self_loop": ("starts and ends at the same node", "起点与终点相同"),
    "segment_zero_length": ("length is zero or unknown: connects, but adds no length", "长度为零或未知：只作连接"),
    "segment_closed": ("closed: carries nothing now, so its failure cuts nobody off", "已关闭，失效不影响用户"),
    "segment_direction_by_level": (
        "flow direction not recorded: taken from its levels, both ways where they are equal",
        "未记录流向：按两端高程推定，高程相等时按双向计",
    ),
    "segment_without_source": ("its part of the network has no source", "所在连通部分没有源点"),
    "segment_without_outfall": ("no way leads from it to an outfall", "没有通往排放口的路径"),
    "node_without_segment": ("touched by no segment in use", "没有在用管段与之相连"),
    "node_without_supply": ("reached from no source, or reaching no outfall", "没有源点供给，或无法到达排放口"),
    "customer_without_supply": (
        "customers on nodes that no source reaches or that reach no outfall",
        "所在节点没有源点供给或无法到达排放口的用户",
    ),
    "valve_on_fork": (
        "valve on a fork: which leg it closes is not recorded",
        "分叉处的阀门：不知控制哪支",
    ),
    "valve_on_no_pipe": ("valve that is on no pipe in use", "阀门不在任何在用管段上"),
    "valve_end_assumed": (
        "valve that names a pipe but neither of its ends: taken at its start, so what it cuts off may end one node off",
        "阀门只登记了管段、未登记在哪一端：按起点计，关阀范围可能相差一个节点",
    ),
    "connection_without_node": ("service connection without a node of this network", "接户管没有对应的本网节点"),
    "connection_without_residents": (
        "people served not known: residents_cut counts the known ones",
        "服务人口未知：受影响人口只计已知部分",
    ),
    "connections_unknown": (
        "no service connections: graded by the share of nodes instead of customers",
        "没有接户数据：按节点比例而不是用户比例分级",
    ),
    # Traces.
    "segment_direction_unknown": (
        "which way it flows is not known: walked both ways",
        "流向未知：按双向追踪",
    ),
    "network_without_source": (
        "the network has no source: nobody can say which way is upstream, so all that is connected is told",
        "网络没有源点：无法判断上下游，给出全部连通部分",
    ),
    "segment_filtered": ("kept out by the filter", "被筛选条件排除"),
    "segment_filter_unknown": ("size or material not known: kept out by the filter", "管径或材质未知：被筛选条件排除"),
    "segment_velocity_assumed": (
        "velocity assumed: size or fall not known, against the flow; under pressure, where no hydraulics tells it",
        "流速为假定值：管径或坡降未知、逆坡；压力管无水力计算结果",
    ),
    "segment_against_level": ("recorded to flow uphill by its levels", "记录流向与两端高程相反"),
    "no_path": ("no way leads there", "没有通路"),
    "path_only_through_closed": (
        "closed segments or valves on the only way there",
        "唯一通路上的关闭管段或阀门",
    ),
    "no_outfall": ("no outfall lies downstream", "下游没有排放口"),
    "no_source_reached": ("no source lies upstream", "上游没有源点"),
    "no_valves": ("the network has no valve in the line", "网络没有在线阀门"),
    "no_common": ("no node lies there in common", "没有共同节点"),
    "details_shortened": ("more than are told in detail: the ids are all there", "仅列出部分详情，编号已全部给出"),
    **UNDERGROUND,
    **HYDRAULICS,
    # Topology.
    "one_source": ("no second source reaches it", "没有第二源点可达"),
    # Sections.
    "pipe_without_level": ("height not known: not drawn", "高程未知：未绘出"),
    "pipe_depth_not_surveyed": (
        "depth not surveyed: drawn at the height that its source gives, or takes",
        "未测埋深：按来源给出或推定的高程绘制",
    ),
    "pipe_without_size": ("size not known: only its axis is drawn", "管径未知：仅绘中心线"),
    "manhole_without_ground": ("ground level not known", "地面高程未知"),
    "ground_from_terrain": ("ground level taken from the terrain", "地面高程取自地形"),
    "no_terrain": ("no terrain here: the ground line joins the manholes", "此处无地形：地面线由井口连成"),
    "pipe_along_line": ("runs nearly along the line: not drawn", "与剖面线近于平行：未绘出"),
    "no_terrain_section": ("no terrain here: no ground line and no depths", "此处无地形：无地面线与埋深"),
    # Examination: why a value is not assessable, or what limits it.
    "no_data": ("the data it needs is not loaded", "未载入所需数据"),
    "no_stock": ("the unit has nothing of what is counted", "单元内没有被统计的对象"),
    "too_much_missing": ("too much of the data is missing to grade it", "缺失数据过多，不予评级"),
    "partly_missing": ("part of the data is missing and left out of the value", "部分数据缺失，未计入数值"),
    "no_standard": ("no standard is set for it", "没有规定标准值"),
    "prescreened": (
        "pre-screened from registers: candidates, not verdicts; no grade until most were looked at on site",
        "由登记数据预筛：为候选，不是结论；多数经现场核查后方可评级（待核查）",
    ),
    "partly_prescreened": (
        "graded by the part that was surveyed; candidates pre-screened from registers count in the value alone",
        "按已现场核查部分评级；登记数据预筛的候选只计入数值",
    ),
    "no_builtup_area": (
        "no built-up area declared: the unit itself is the denominator",
        "未公布建成区：以单元面积为分母",
    ),
    "builtup_other_year": ("built-up area of another year is the denominator", "以其他年份的建成区为分母"),
    "radius_not_walk": ("by straight distance, as the official formula says", "按官方公式以直线半径计算"),
    "grounds_not_checked": ("activity grounds inside parks are not recorded", "未记录公园内活动场地面积"),
    "shelter_area_as_registered": (
        "area as registered: the effective part of it is not recorded",
        "按登记面积计：未记录有效避难面积",
    ),
    "no_communities": ("no community is loaded: only other units are examined", "未载入社区：只评价其他层级单元"),
    "no_measure": ("nothing computes it yet", "尚无计算方法"),
    "communities_as_stock": ("no compounds are loaded: communities are counted instead", "未载入小区：以社区代替"),
    "units_overlap": ("units of one level overlap: what lies in two is counted in both", "同级单元有重叠，重复计入"),
    **SENTENCES,
}


def codes() -> tuple[str, ...]:
    """Return every code, sorted."""
    return tuple(sorted(_SENTENCES))


def sentence(code: str, language: str = "en") -> str:
    """Return the sentence of one code, or of several joined by `;`.

    Parameters
    ----------
    code
        A code, or `code;code` as `result.indicator.reason` keeps them. What follows a colon (`no_data:facility`)
        says which data is meant.
    language
        `en`, or anything that starts with `zh`.
    """
    place = 1 if language.startswith("zh") else 0
    said = []
    for one in code.split(";"):
        name, _, what = one.partition(":")
        said.append(_SENTENCES[name][place] + (f" ({what})" if what else ""))
    return ("；" if place else "; ").join(said)


def left_out(counts: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return what `run.analysis.left_out` keeps: for each code with a count, the count and both sentences."""
    return {
        code: {"count": int(count), "en": sentence(code), "zh": sentence(code, "zh")}
        for code, count in sorted(counts.items())
        if count
    }


def joined(names: Iterable[str]) -> str | None:
    """Return codes as one text for a column, or None when there are none."""
    return ";".join(dict.fromkeys(names)) or None
