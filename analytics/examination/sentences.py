"""Why a value of the examination is not assessable, or what limits it: codes, and sentences in both languages."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "residents_register": (
        "residents as the register of buildings counts them, home by home",
        "常住人口取自建筑登记，逐栋统计",
    ),
    "residents_grid": (
        "residents of a grid or population register, spread over the residential floor area of each cell",
        "常住人口取自人口网格或人口登记，按格内住宅建筑面积分摊到楼栋",
    ),
    "residents_units": (
        "totals of the smallest administrative units that are counted, spread over their residential floor area",
        "常住人口取自最小一级有人口数的行政单元，按其住宅建筑面积分摊到楼栋",
    ),
    "residents_floor_area": (
        "no population is known: residential floor area stands for people",
        "没有人口数据：以住宅建筑面积代表居民",
    ),
    "hazard_capped": ("a safety hazard was found: at best near, however few", "存在安全隐患：至多评为接近"),
    "demand_assumed": ("demand is assumed by household", "需求按户数估算"),
    "subdistricts_as_stock": ("no blocks are loaded: sub-districts are counted instead", "未载入街区：以街道代替"),
    "nearest_school": ("no catchments are known: the nearest school stands in", "没有学区边界：以最近的学校代替"),
    "starts_of_other_year": (
        "nothing was started in the year: the last before it in which something was",
        "当年无新开工项目：取之前最近一年",
    ),
    "reported": ("taken as reported by the department in charge", "取主管部门上报数值"),
    "questionnaire": (
        "of a sample of people asked: the denominator is its size, the interval of 95 %",
        "问卷抽样：分母为样本量，区间为 95 % 置信区间",
    ),
    "too_few_answers": (
        "suppressed: too few people answered to tell their share without telling theirs",
        "样本过少：为保护受访者隐私不予公布",
    ),
    "bad_standard": (
        "its standard is text where a number belongs: the value stands without a grade; correct the register",
        "标准值不是数字：数值照列，不予评级；请更正指标文件",
    ),
    "no_units_of_level": (
        "indicators for whose levels no unit is loaded: they have no values",
        "所属层级没有载入单元的指标：没有数值",
    ),
    "facilities_outside": (
        "facilities outside every unit: they serve those near the edge, and count in no unit",
        "设施位于所有单元之外：可服务边缘附近的居民，但不计入任何单元",
    ),
    "figures_of_other_year": ("the last figure reported before the year", "取当年之前最近一次上报的数值"),
    "laid_is_renewed": ("pipes laid in the year are taken as renewed", "当年敷设的管线视为改造"),
    "distances_unverified": (
        "safety distances are unverified: check them by class of station and of building",
        "安全距离未经核实：须按站级与建筑类别复核",
    ),
}
