"""Sentences for what hydraulic models assume, leave out or cannot tell, by code; `cim.analytics.reasons` tells them."""

from __future__ import annotations

from collections.abc import Mapping

HYDRAULICS: Mapping[str, tuple[str, str]] = {
    # Networks under pressure.
    "hydraulics_no_source": ("the network has no source: nothing of it can be modelled", "网络没有水源：无法建模"),
    "hydraulics_without_source": ("nodes that no open pipe joins to a source: no number", "与水源不连通的节点：无结果"),
    "hydraulics_demand_cut_off": (
        "of these, nodes with a demand: nothing is delivered there",
        "其中有需水量的节点：不供水",
    ),
    "hydraulics_size_unknown": (
        "pipes of unknown or zero size: left out of the model",
        "管径未知或为零的管段：未计入模型",
    ),
    "hydraulics_roughness_assumed": ("roughness assumed by material", "粗糙系数按材质取假定值"),
    "hydraulics_darcy_weisbach": (
        "roughness below 1: taken for heights of bumps in metres (Darcy-Weisbach)",
        "粗糙度小于 1：按达西-魏斯巴赫当量粗糙高度（米）计",
    ),
    "hydraulics_pump_stopped": (
        "pumps that are on and move nothing: they cannot lift so high",
        "已开启但无流量的水泵：扬程不足",
    ),
    "hydraulics_length_assumed": ("pipes of no length: taken for a centimetre", "长度为零的管段：按 1 厘米计"),
    "hydraulics_head_assumed": (
        "sources of unknown head: assumed to keep a pressure at the highest node that they feed",
        "水源水头未知：按最高点保持假定压力推定",
    ),
    "hydraulics_tank_as_node": (
        "tanks of unknown level: neither filled nor drawn from",
        "水位未知的水池：按既不进水也不出水处理",
    ),
    "hydraulics_demand_assumed": ("nodes whose demand is assumed from the people served", "需水量按服务人口推定的节点"),
    "hydraulics_demand_unknown": (
        "nodes with customers of which no demand is recorded, while others' are: taken for none",
        "有用户但无需水量记录的节点（其余节点有记录）：按零计",
    ),
    "hydraulics_no_demand": (
        "no demand and no customer is known: water stands still",
        "没有需水量也没有用户数据：按静水计算",
    ),
    "hydraulics_pump_assumed": (
        "pumps without curve and power: a usual power is assumed",
        "无曲线无功率的水泵：按假定功率",
    ),
    "hydraulics_valve_assumed": (
        "control valves of a type whose curve is not kept: taken for open valves",
        "未保存曲线的调节阀：按全开处理",
    ),
    "hydraulics_ground_unknown": (
        "nodes of unknown ground level: pressure is told above the node",
        "地面高程未知的节点：压力自管点高程起算",
    ),
    "hydraulics_negative_pressure": (
        "nodes below zero pressure: water does not reach them as modelled, so no number is shown",
        "计算压力为负的节点：模型中无法供水，不显示数值",
    ),
    "hydraulics_no_hydrants": ("no hydrant is recorded", "没有消火栓数据"),
    "hydraulics_hydrant_without_number": (
        "hydrants without a number: their rows say why",
        "没有结果的消火栓：原因见各行",
    ),
    "hydraulics_closure_failed": (
        "closures that the model does not solve, or that lack more than is drawn: no number is shown",
        "关闭后模型不收敛或缺水量大于需水量：不显示数值",
    ),
    # Drainage.
    "drainage_without_outfall": (
        "manholes that no pipe joins to an outfall: not in the model",
        "不通排放口的检查井：未计入模型",
    ),
    "drainage_size_unknown": (
        "pipes of unknown or zero size: left out of the model",
        "管径未知或为零的管段：未计入模型",
    ),
    "drainage_roughness_assumed": ("Manning's n assumed by material", "曼宁糙率按材质取假定值"),
    "drainage_level_assumed": (
        "inverts not surveyed: taken from the axis and the size",
        "未测管内底高程：按轴线与管径推定",
    ),
    "drainage_level_unknown": ("pipes without any level: left out of the model", "无高程的管段：未计入模型"),
    "drainage_ground_assumed": ("ground level of manholes assumed", "检查井地面高程为假定值"),
    "drainage_length_assumed": ("very short pipes: taken for the shortest of a model", "过短管段：按模型最短长度计"),
    "drainage_device_as_pipe": (
        "pumps and outlets, whose curves are not kept, and weirs and orifices without size or coefficient: they pass "
        "on all that comes",
        "水泵、出流口（曲线未保存）及无尺寸或流量系数的堰、孔口：按来水全部通过处理",
    ),
    "drainage_pump_beside": (
        "pumps beside another way out of the same node: how much they take is not known, so they stand still",
        "与其他出水管并列的水泵：抽水量不明，按停机处理",
    ),
    "drainage_outfall_joined": (
        "outfalls that several pipes lead to: joined by a short wide pipe",
        "多管汇入的排放口：以短粗管相连",
    ),
    "drainage_catchments_assumed": (
        "manholes whose catchment is assumed: the nearest ground, by what covers it",
        "汇水区为推定：就近划分，按地表覆盖取不透水率",
    ),
    "drainage_catchment_without_outlet": ("subcatchments whose outlet is not in the model", "出口不在模型中的子汇水区"),
    "drainage_no_catchment": ("no ground drains to the network: nothing is to carry", "没有汇水面积：管网无来水"),
    "drainage_inflow_assumed": (
        "manholes whose sewage is assumed from the people served",
        "污水量按服务人口推定的检查井",
    ),
    "drainage_no_inflow": ("nobody is known to be connected: no sewage flows", "没有接户数据：无污水来水"),
    "drainage_contacts_near": (
        "buildings and streets near flooded manholes, by a circle: the way of the water is not modelled",
        "积水影响按圆形范围估计：未模拟地面漫流",
    ),
}
