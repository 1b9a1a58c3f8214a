"""What stands on the first sheet of the forms, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from cim.analytics.examination.survey_forms.things import Things
from cim.survey_forms import GRADES, PHOTOS, PLACE_ITEMS, forms


def instructions(found: Things) -> Iterator[tuple[str, str]]:
    """Yield lines in Chinese and English; the first is the title."""
    city, of = found.city, f" · {found.about}" if found.about else ""
    yield f"城市体检调查表：{city.name_zh}{of}", f"Survey forms of the urban examination: {city.name_en}{of}"
    if city.synthetic:
        yield "本城市为合成数据。", "This city is made up (synthetic data)."
    yield "", ""
    yield (
        "没有看过的留空；看过且没有问题的必须选“无”或“否”。空白表示未知，不是没有问题。",
        "Leave empty what nobody looked at; choose 无 (none) or 否 (no) where somebody looked and found nothing. "
        "An empty cell is not known, never sound.",
    )
    yield (
        "缺陷程度从列表中选择："
        + "、".join(f"{zh}（{value}）" for zh, (_, value) in GRADES.items())
        + "，也可直接填 0 至 10。",
        "Choose how grave a fault is from the list: "
        + ", ".join(f"{zh} {en} ({value})" for zh, (en, value) in GRADES.items())
        + "; or give 0 to 10.",
    )
    yield (
        "同一栋楼有多处缺陷、需分别说明或拍照的，另起一行填同一编号，并填序号。同日各行中有一行有缺陷即计为有缺陷。",
        "Several faults of one building, each with its own words and photos: a further row with the same key, "
        "numbered. Of rows of one day one with a fault makes it faulty.",
    )
    yield (
        f"照片放在本工作簿旁的“{PHOTOS}”文件夹中（JPEG 或 PNG），"
        "单元格中填文件名，多张用分号隔开；不要把图片插入表格。",
        f"Photos lie in the folder {PHOTOS} beside this workbook (JPEG or PNG); give their names, separated by ;. "
        "Do not paste pictures into the sheet.",
    )
    yield (
        "满意度：每位受访者一行，只填问卷编号、社区和 1 至 5 的回答，不填姓名、电话。4 和 5 计为满意。",
        "Satisfaction: one row a person asked, with the questionnaire's number, the community and answers of 1 to 5; "
        "no names, no telephone numbers. 4 and 5 count as satisfied.",
    )
    yield "灰色的列由登记数据填好；不要改动表头和编号。", "Grey columns come from the registers; leave heads and keys."
    yield "", ""
    for name, form in forms().items():
        many = len(found.rows.get(name, ())) or (len(found.communities) if form.answers else 0)
        zh = f"{name}：{'个社区可选' if form.answers else '条待查'}" if many else f"{name}：自行填写"
        zh = zh.replace("：", f"：{many:,} ") if many else zh
        en = f"{form.en}: {many:,} {'communities to choose from' if form.answers else 'to look at'}"
        places = "、".join(PLACE_ITEMS) if form.subject is None and not form.answers else ""
        yield zh + (f"（{places}）" if places else ""), en if many else f"{form.en}: to be filled in"
