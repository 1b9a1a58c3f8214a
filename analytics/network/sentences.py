"""Sentences for what questions to the underground could not use, by code; `cim.analytics.reasons` tells them."""

from __future__ import annotations

from collections.abc import Mapping

_LAPSED = (
    "pipes that a rule of renewal names outside its days: it forces nothing, and none that follows is known here",
    "仅有已过期（或未生效）改造规定涉及的管段：不作强制；本系统未收录后续规定",
)

UNDERGROUND: Mapping[str, tuple[str, str]] = {
    # Bursts.
    "burst_without_source": (
        "no source is recorded in the network: who loses supply outside of the isolated part is not known",
        "网络未登记源点：无法判断隔离范围以外的停供用户",
    ),
    "burst_part_without_source": (
        "no source reaches the segment by open pipes: its customers count as cut off all the same",
        "没有源点经开启管段供到该管段：其用户仍计入停供",
    ),
    "burst_facility_unlinked": (
        "critical facilities near what is without, of which no connection is on record: not linked to the network, "
        "they may be without",
        "停供范围附近未关联接户管的重要设施：可能停供",
    ),
    "burst_hours_not_read": (
        "how long it takes is not told: the city's own assumptions (risk.yaml) cannot be used",
        "未给出停供时长：本市的假定值文件（risk.yaml）无法使用",
    ),
    # Clearance and cover of pipes.
    "clearance_size_unknown": (
        "water pipes of unknown size: the requirement of the smaller class was taken",
        "管径未知的给水管：按较小管径的要求判定",
    ),
    "clearance_pressure_unknown": (
        "gas pipes of unknown pressure: the requirement of low pressure was taken",
        "压力未知的燃气管：按低压要求判定",
    ),
    "clearance_burial_unknown": (
        "cables of which the way of burial is not known: taken as in ducts",
        "埋设方式未知的电力、通信管线：按管道敷设判定",
    ),
    "clearance_class_unknown": (
        "pairs told as far enough that may be too near: they are if the pipes of unknown size, pressure or burial are "
        "large, of high pressure or buried directly",
        "因管径、压力或埋设方式未知而判为满足的管线对：若按大管径、高压力或直埋判定，则可能不足",
    ),
    "clearance_not_buried": (
        "overhead or in a utility tunnel: these rules do not speak of them",
        "架空或位于综合管廊内：不适用本规则",
    ),
    "clearance_no_class": ("pipes of a kind that the tables do not name", "规范表格未列的管线类别"),
    "clearance_depth_unknown": (
        "crossings of pipes whose depth is not known: not judged vertically",
        "埋深未知的交叉：未判定垂直净距",
    ),
    "clearance_width_unknown": (
        "size not known: judged as a line without walls",
        "断面尺寸未知：按无壁厚的轴线判定",
    ),
    "clearance_zero_length": ("pipes without length in plan: judged as points", "平面长度为零的管段：按点判定"),
    "clearance_enters_building": (
        "pipes that end at a building serve it: not judged against it",
        "终止于建筑物的引入管：不与该建筑判定净距",
    ),
    "clearance_trees_unknown": ("no trees are loaded: not judged against them", "未载入树木数据：未判定与树木的净距"),
    "clearance_kerbs_unknown": (
        "no kerbs are loaded: not judged against them",
        "未载入路缘石数据：未判定与路缘石的净距",
    ),
    "clearance_buildings_unknown": (
        "no buildings are loaded: not judged against them",
        "未载入建筑数据：未判定与建筑的净距",
    ),
    "cover_unknown": ("neither depth nor ground level is known: cover not judged", "埋深与地面高程均未知：未判定覆土"),
    "cover_no_rule": ("no rule of cover for this class and surface", "该类管线在此类地面下没有覆土规定"),
    "cover_surface_unknown": (
        "surface above not known: the requirement below footways was taken",
        "地面类型未知：按人行道下的要求判定",
    ),
    # Excavation.
    "dig_depth_unknown": ("pipes of unknown depth: taken as in the way", "埋深未知的管线：按位于开挖深度内处理"),
    "dig_depth_one_end": (
        "pipes of which the depth of one end alone is known: it says nothing of the pipe elsewhere, so it counts as of "
        "unknown depth",
        "仅一端埋深已知的管线：不能代表其余位置，按埋深未知处理",
    ),
    "dig_size_unknown": ("pipes of unknown size: measured from the axis", "断面未知的管线：自轴线量距"),
    "dig_material_unknown": ("pipes of unknown material", "材质未知的管线"),
    "dig_owner_unknown": (
        "pipes without an owner: ask the authority who signs",
        "权属单位未知的管线：须由主管部门确认会签单位",
    ),
    "dig_survey_unknown": (
        "pipes of which nobody says when or how they were surveyed",
        "探测时间与方法均未知的管线",
    ),
    "dig_manhole_size_unknown": (
        "manholes whose cover's size is not known: measured from the centre, so the well reaches nearer to the edge",
        "井盖尺寸未知的井及设施：自中心量距，井壁实际更近",
    ),
    "dig_manhole_owner_unknown": (
        "manholes without an owner: ask the authority who signs",
        "权属单位未知的井及设施：须由主管部门确认会签单位",
    ),
    "dig_manhole_survey_unknown": (
        "manholes of which nobody says when or how they were surveyed",
        "探测时间与方法均未知的井及设施",
    ),
    "dig_road_width_unknown": (
        "streets of unknown width: taken as 8 m wide",
        "宽度未知的道路：按宽 8 m 计",
    ),
    "dig_roads_unknown": ("no street is known there: the digging ban is not told", "此处无道路数据：未判定禁止挖掘期"),
    # Gas.
    "gas_pressure_unknown": ("gas pipes of unknown pressure: no impact radius", "压力未知的燃气管：未计算影响半径"),
    "gas_pressure_of_class": (
        "pressure known by its class only: the highest of the class was taken",
        "仅知压力级别：按该级别上限计算",
    ),
    "gas_size_unknown": ("gas pipes of unknown size: no impact radius", "管径未知的燃气管：未计算影响半径"),
    "gas_material_unknown": ("gas pipes of unknown material", "材质未知的燃气管"),
    "gas_residents_unknown": (
        "buildings without a number of residents: not in the sum",
        "居住人数未知的建筑：未计入合计",
    ),
    "gas_neighbour_depth_unknown": ("neighbours of unknown depth: told all the same", "埋深未知的相邻管线：仍列出"),
    "gas_not_isolable": (
        "the pipe is abandoned, or an end of it is not known: no valves are told",
        "该管段已废弃或端点未知：未给出关阀方案",
    ),
    "gas_overhead": ("gas pipes above ground: no building stands on them", "架空燃气管：不判定占压"),
    # Risk.
    "risk_no_model": ("cables: no model of their failures", "电力、通信线缆：无失效模型"),
    "risk_no_valves": (
        "pipes of networks without valves: what the loss of the pipe alone cuts off",
        "网络没有阀门：按单一管段失效计算停供范围",
    ),
    "risk_no_breaks": ("no breaks on record: published rates alone", "没有漏损记录：仅采用公布的漏损率"),
    "risk_not_judged": (
        "breaks of networks with too few to judge how well they are foretold",
        "漏损记录过少，无法检验预测效果",
    ),
    "risk_break_without_pipe": ("breaks that name no pipe", "未关联管段的漏损记录"),
    "risk_break_before_pipe": ("breaks dated before their pipe was laid", "漏损日期早于管段建设年代"),
    "risk_not_inspected": (
        "sewers not inspected: taken as those of the same material and age",
        "未检测的排水管段：按同材质同管龄的已检测管段推定",
    ),
    "risk_defect_unknown": (
        "defects of a code or grade that is not known: not scored; a sewer without any other counts as not inspected",
        "代码或等级无法识别的缺陷：未计分；仅有此类缺陷的管段按未检测计",
    ),
    "risk_year_unknown": (
        "year of installation not known: the median of the material was taken, without any the reference age",
        "建设年代未知：按同材质的中位年代计，均未知时按参考管龄计",
    ),
    "risk_material_unknown": ("material not known: the rate of all pipes was taken", "材质未知：按全部管材的漏损率计"),
    "risk_size_unknown": ("size not known: taken as the reference size", "管径未知：按参考管径计"),
    "risk_pressure_unknown": ("pressure not known: taken as the reference", "压力未知：按参考压力计"),
    "risk_zero_length": ("length is zero or unknown: no failures expected", "长度为零或未知：预期失效为零"),
    "risk_rule_lapsed": _LAPSED,
    "renewal_rule_lapsed": _LAPSED,
    "renewal_size_unknown": (
        "size not known: renewal costs what a DN100 costs",
        "管径未知：改造费用按 DN100 计",
    ),
    "renewal_length_unknown": (
        "length is zero or unknown: renewal costs and removes nothing by the metre",
        "长度为零或未知：按延米的改造费用与削减损失均为零",
    ),
    "renewal_year_unknown": (
        "year not known: taken as old as the middle of all",
        "建设年代未知：管龄取全部管段的中位数",
    ),
    "renewal_street_unknown": (
        "street not known: joined to works by network and material alone",
        "所在道路未知：仅按管网与材质归并工程",
    ),
    "risk_customers_unknown": (
        "customers cut off not known: they cost nothing here",
        "停供用户数未知：未计入损失",
    ),
}
"""Code: sentence in English and in Chinese."""
